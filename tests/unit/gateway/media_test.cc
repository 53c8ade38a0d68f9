// Media by signed URLs over a real HTTP server and a folder.
#include "services/gateway/media.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/base/testing/fake_clock.h"
#include "common/http/client.h"
#include "common/media_store/folder_store.h"
#include "services/gateway/answers.h"

namespace carillon::gateway {
namespace {

constexpr char kKey[] = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
constexpr char kOtherKey[] = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=";

class MediaTest : public ::testing::Test {
 protected:
  MediaTest() {
    std::string pattern = ::testing::TempDir() + "media.XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_ = std::make_unique<media_store::FolderStore>(folder_);
    bytes_ = "\x89PNG\r\n\x1a\n";
    for (int i = 0; i < 200'000; ++i) bytes_ += static_cast<char>(i % 251);
    auto upload = *store_->Begin(1 << 20);
    EXPECT_TRUE(upload->Write(bytes_).ok());
    sha256_ = upload->Finish()->sha256;
    AddMedia([this](const std::string& route, const std::string&, http::RouteHandler handler) { router_.Add(route, std::move(handler)); },
             *store_, urls_);
    http::ServerOptions options;
    options.headers = UsualHeaders(false);
    server_ = *http::HttpServer::Start(options, [this](const auto& request) { return router_.Handle(request); });
  }
  ~MediaTest() override { std::filesystem::remove_all(folder_); }

  std::string Target(const media_store::MediaUrls& urls, absl::Duration lifetime = absl::Minutes(10)) {
    return urls.Make(sha256_, lifetime).substr(std::string("https://c.example").size());
  }
  http::HttpResponse Send(const std::string& target, const http::Headers& headers = {}, const std::string& method = "GET") {
    http::HttpRequest request;
    request.method = method;
    request.url = "http://" + server_->address() + target;
    request.headers = headers;
    const auto outcome = client_->Send(request);
    EXPECT_TRUE(outcome.ok()) << ToString(outcome.error);
    return outcome.ok() ? *outcome.response : http::HttpResponse();
  }
  // "206 bytes 0-1/10" and the body's size.
  std::string Ranged(const std::string& range, const http::Headers& more = {}) {
    http::Headers headers = more;
    headers["Range"] = range;
    const auto answer = Send(Target(urls_), headers);
    if (answer.status == 206) {
      const std::string where = answer.Header("Content-Range");
      const size_t first = std::stoul(where.substr(6));
      EXPECT_EQ(answer.body, bytes_.substr(first, answer.body.size())) << range;
    }
    return fmt::format("{} {} {}", answer.status, answer.Header("Content-Range"), answer.body.size());
  }

  std::string folder_, bytes_, sha256_;
  carillon::testing::FakeClock clock_;
  media_store::MediaUrls urls_ = *media_store::MediaUrls::FromText(kKey, "https://c.example", clock_);
  std::unique_ptr<media_store::FolderStore> store_;
  http::Router router_;
  std::unique_ptr<http::HttpClient> client_ = http::MakeHttpClient({.allow_private_addresses = true});
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(MediaTest, ASignedUrlGivesTheFile) {
  const auto answer = Send(Target(urls_));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes_);
  EXPECT_EQ(answer.Header("Content-Type"), "image/png");
  EXPECT_EQ(answer.Header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.Header("Accept-Ranges"), "bytes");
  EXPECT_EQ(answer.Header("Cache-Control"), "private, max-age=600");
  const auto head = Send(Target(urls_), {}, "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("Content-Length"), std::to_string(bytes_.size()));
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Send(Target(urls_), {{"If-None-Match", "\"" + sha256_ + "\""}}).status, 304);
}

TEST_F(MediaTest, NothingElseDoes) {
  const std::string good = Target(urls_);
  const auto other = *media_store::MediaUrls::FromText(kOtherKey, "https://c.example", clock_);
  const std::string elsewhere(64, 'a');
  const size_t expires = good.find("expires="), signature = good.find("&signature=");
  const std::string bad[] = {
      "/media/" + sha256_,
      "/media/" + sha256_ + "?expires=9999999999",
      Target(other),
      good.substr(0, good.size() - 1),
      good + "A",
      good.substr(0, signature),
      "/media/" + elsewhere + good.substr(good.find('?')),                                // of another file
      good.substr(0, expires) + "expires=99999999999" + good.substr(signature),           // for longer
      good.substr(0, expires) + "expires=-1" + good.substr(signature),
      good.substr(0, expires) + "expires=" + good.substr(signature),
      "/media/..%2F..%2Fetc%2Fpasswd" + good.substr(good.find('?')),
  };
  for (const std::string& target : bad) {
    const auto answer = Send(target);
    EXPECT_EQ(answer.status, 403) << target;
    EXPECT_EQ(answer.body, R"({"error":"BAD_MEDIA_URL"})") << target;
  }
  EXPECT_EQ(Send("/media/").status, 404);
  EXPECT_EQ(Send("/media").status, 404);
  EXPECT_EQ(Send(good, {}, "DELETE").status, 405);
}

TEST_F(MediaTest, ItEndsByItself) {
  const std::string target = Target(urls_, absl::Minutes(1));
  clock_.Advance(absl::Seconds(59));
  EXPECT_EQ(Send(target).status, 200);
  EXPECT_EQ(Send(target).Header("Cache-Control"), "private, max-age=1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Send(target).status, 403);
}

TEST_F(MediaTest, AnOldKeyIsGoodUntilItIsTakenAway) {
  const auto old = *media_store::MediaUrls::FromText(kOtherKey, "https://c.example", clock_);
  const auto both = *media_store::MediaUrls::FromText(std::string(kKey) + "\n" + kOtherKey + "\n", "https://c.example", clock_);
  const std::string target = old.Make(sha256_, absl::Minutes(1));
  const std::string expires = target.substr(target.find("expires=") + 8, 10);
  const std::string signature = target.substr(target.find("signature=") + 10);
  EXPECT_TRUE(both.Check(sha256_, expires, signature).ok());
  EXPECT_FALSE(urls_.Check(sha256_, expires, signature).ok());
  EXPECT_EQ(both.Make(sha256_, absl::Minutes(1)), urls_.Make(sha256_, absl::Minutes(1)));
  EXPECT_FALSE(media_store::MediaUrls::FromText("", "u", clock_).ok());
  EXPECT_FALSE(media_store::MediaUrls::FromText("c2hvcnQ=", "u", clock_).ok());
}

TEST_F(MediaTest, AFileThatIsGoneIsSaidToBe) {
  const std::string missing(64, 'b');
  const std::string url = urls_.Make(missing, absl::Minutes(1));
  EXPECT_EQ(Send(url.substr(url.find("/media"))).status, 404);
}

TEST_F(MediaTest, OneRangeIsServed) {
  const size_t size = bytes_.size();
  EXPECT_EQ(Ranged("bytes=0-0"), fmt::format("206 bytes 0-0/{} 1", size));
  EXPECT_EQ(Ranged("bytes=10-99999"), fmt::format("206 bytes 10-99999/{} 99990", size));
  EXPECT_EQ(Ranged("bytes=200000-"), fmt::format("206 bytes 200000-{}/{} {}", size - 1, size, size - 200'000));
  EXPECT_EQ(Ranged("bytes=-3"), fmt::format("206 bytes {}-{}/{} 3", size - 3, size - 1, size));
  EXPECT_EQ(Ranged("bytes=5-999999999"), fmt::format("206 bytes 5-{}/{} {}", size - 1, size, size - 5));
  EXPECT_EQ(Ranged(fmt::format("bytes={}-", size)), fmt::format("416 bytes */{} 0", size));
  EXPECT_EQ(Ranged("bytes=-0"), fmt::format("416 bytes */{} 0", size));
  const std::string whole = fmt::format("200  {}", size);
  for (const char* range : {"bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=a-b", "bytes=5-2", "bytes=--3", "bytes=-"}) {
    EXPECT_EQ(Ranged(range), whole) << range;
  }
  EXPECT_EQ(Ranged("bytes=0-0", {{"If-Range", "\"another\""}}), whole);
  EXPECT_EQ(Ranged("bytes=0-0", {{"If-Range", "\"" + sha256_ + "\""}}), fmt::format("206 bytes 0-0/{} 1", size));
}

TEST_F(MediaTest, TheFoldersStoreMakesTheUrl) {
  media_store::FolderStore with(folder_, std::make_shared<media_store::MediaUrls>(urls_));
  EXPECT_EQ(*with.PublicUrl(sha256_, absl::Minutes(10)), urls_.Make(sha256_, absl::Minutes(10)));
  EXPECT_EQ(ReasonOf(with.PublicUrl(std::string(64, 'c'), absl::Minutes(1)).status()), "UNKNOWN_MEDIA");
  EXPECT_EQ(ReasonOf(store_->PublicUrl(sha256_, absl::Minutes(1)).status()), "NO_PUBLIC_URL");
}

}  // namespace
}  // namespace carillon::gateway
