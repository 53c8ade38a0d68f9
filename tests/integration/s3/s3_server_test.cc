// The S3 store against moto, a server that others wrote (PyPI, Apache 2.0), which checks each signature by AWS's own library.
#include <gtest/gtest.h>

#include <fstream>

#include "common/base/clock.h"
#include "common/media_store/s3_store.h"
#include "common/s3/s3_xml.h"
#include "tests/support/child_process.h"
#include "tests/support/sandbox_process.h"
#include "tests/unit/media_store/store_files.h"

namespace carillon::media_store {
namespace {

using carillon::testing::ChildProcess;

constexpr int64_t kPart = 5 << 20;

class S3ServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string python = carillon::testing::TestPython();
    if (python.empty()) return;
    folder_ = std::make_unique<carillon::testing::TempDir>();
    const std::string port = std::to_string(carillon::testing::FreePort());
    // The three calls that make a key are not checked; after these everything is.
    auto started = ChildProcess::Start({python, "-m", "moto.server", "-H", "127.0.0.1", "-p", port},
                                       {.environment = {{"INITIAL_NO_AUTH_ACTION_COUNT", "3"},
                                                        {"TMPDIR", folder_->path()},
                                                        {"PYTHONDONTWRITEBYTECODE", "1"}},
                                        .error_file = folder_->path() + "/stderr"});
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
    url_ = "http://127.0.0.1:" + port;
    const bool up = carillon::testing::WaitUntil(
        [&] { return http_->Send({.url = url_ + "/moto-api/"}).ok() || !process_->IsRunning(); }, absl::Minutes(3));
    ASSERT_TRUE(up && process_->IsRunning()) << "moto did not start: " << ReadAll(folder_->path() + "/stderr");
    MakeKey();
    s3::S3Client client = Client(credentials_);
    ASSERT_TRUE(client.Put("", "").ok());  // the bucket itself
  }
  static void TearDownTestSuite() {
    process_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (!process_) GTEST_SKIP() << "no Python with tests/requirements.txt: run deploy/setup --tests";
  }

  static std::string Iam(http::FormFields form) {
    http::HttpRequest request;
    request.method = "POST";
    request.url = url_ + "/";
    request.headers["Authorization"] =
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
    form.emplace_back("Version", "2010-05-08");
    request.form = std::move(form);
    const auto outcome = http_->Send(request);
    EXPECT_TRUE(outcome.ok() && outcome.response->ok());
    return outcome.ok() ? outcome.response->body : "";
  }
  static void MakeKey() {
    Iam({{"Action", "CreateUser"}, {"UserName", "u"}});
    const std::string key = Iam({{"Action", "CreateAccessKey"}, {"UserName", "u"}});
    credentials_ = {s3::ElementText(key, "AccessKeyId"), s3::ElementText(key, "SecretAccessKey"), "us-east-1"};
    Iam({{"Action", "PutUserPolicy"}, {"UserName", "u"}, {"PolicyName", "p"},
         {"PolicyDocument", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"}});
  }
  static s3::S3Client Client(const s3::Credentials& credentials) {
    return s3::S3Client({url_, "media", credentials}, *http_, clock_, {.part_bytes = kPart});
  }

  static inline std::unique_ptr<carillon::testing::TempDir> folder_;
  static inline std::unique_ptr<ChildProcess> process_;
  static inline std::unique_ptr<http::HttpClient> http_ = http::MakeHttpClient({.allow_private_addresses = true});
  static inline std::string url_;
  static inline s3::Credentials credentials_;
  static inline SystemClock clock_;
};

TEST_F(S3ServerTest, LargeAndSmallFilesComeAndGo) {
  s3::S3Client client = Client(credentials_);
  S3Store store(client, "m/", folder_->path() + "/one", clock_);
  ASSERT_TRUE(store.Prepare().ok()) << ToString(store.Prepare());
  std::string large = kPng;
  while (large.size() < 2 * kPart + 1000) large += fmt::format("{},", large.size());
  for (const std::string& bytes : {kPng + "small", large}) {
    const auto stored = Put(store, bytes);
    ASSERT_TRUE(stored.ok()) << ToString(stored.status());
    const auto found = store.Find(stored->sha256);
    ASSERT_TRUE(found.ok()) << ToString(found.status());
    EXPECT_EQ(found->size_bytes, static_cast<int64_t>(bytes.size()));
    S3Store other(client, "m/", folder_->path() + "/other", clock_);
    ASSERT_TRUE(other.Prepare().ok());
    const auto local = other.Local(stored->sha256);
    ASSERT_TRUE(local.ok()) << ToString(local.status());
    EXPECT_TRUE(ReadAll((*local)->path()) == bytes);
    EXPECT_TRUE(store.Keep(stored->sha256).ok());
  }
  EXPECT_EQ(ReasonOf(store.Find(std::string(64, 'a')).status()), "UNKNOWN_MEDIA");
  auto swept = store.Sweep({.unkept_for = absl::Hours(1), .abandoned_after = absl::Hours(1)});
  ASSERT_TRUE(swept.ok()) << ToString(swept.status());
  EXPECT_EQ(swept->files, 2);
  EXPECT_EQ(swept->removed, 0);
  swept = store.Sweep({.unkept_for = absl::Hours(-1), .abandoned_after = absl::Hours(1)});
  ASSERT_TRUE(swept.ok()) << ToString(swept.status());
  EXPECT_EQ(swept->removed, 2);
}

TEST_F(S3ServerTest, WrongKeysAndNamesThatNeedEncoding) {
  s3::Credentials wrong = credentials_;
  wrong.secret += "x";
  s3::S3Client stranger = Client(wrong);
  EXPECT_EQ(ReasonOf(stranger.Put("a", "b")), "S3_REFUSED");
  s3::S3Client client = Client(credentials_);
  const std::string key = "a b/é&+$,=.txt";
  ASSERT_TRUE(client.Put(key, "text").ok());
  const auto head = client.Head(key);
  ASSERT_TRUE(head.ok()) << ToString(head.status());
  EXPECT_EQ(head->size_bytes, 4);
  EXPECT_LT(absl::AbsDuration(head->modified_at - clock_.Now()), absl::Hours(1));
  std::vector<std::string> keys;
  ASSERT_TRUE(client.List("a b/", [&](const s3::Object& object) {
    keys.push_back(object.key);
    return Ok();
  }).ok());
  EXPECT_EQ(keys, std::vector<std::string>{key});
  EXPECT_TRUE(client.Delete(key).ok());
  EXPECT_EQ(client.Head(key).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace carillon::media_store
