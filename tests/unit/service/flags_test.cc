#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/service/service.h"

namespace carillon::service {
namespace {

constexpr char kOperator[] = "operator-token-0123456789";
constexpr char kService[] = "service-token-0123456789";

class Flags : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "carillon-flags-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    tokens_ = (folder_ / "tokens.json").string();
    std::ofstream(tokens_) << fmt::format(R"({{"operator": "{}", "service": "{}"}})", kOperator,
                                          kService);
    chmod(tokens_.c_str(), 0600);
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    for (const auto& name : set_) unsetenv(name.c_str());
  }
  void Env(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    set_.push_back(name);
  }

  // Exit code, or nothing if the program would run; what it printed is in printed_.
  std::optional<int> Parse(ServiceOptions& options, std::vector<std::string> flags) {
    flags.insert(flags.begin(), "strategy");
    std::vector<char*> argv;
    for (auto& flag : flags) argv.push_back(flag.data());
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto code = ParseFlags(options, static_cast<int>(argv.size()), argv.data());
    printed_ = ::testing::internal::GetCapturedStderr() + ::testing::internal::GetCapturedStdout();
    return code;
  }
  std::vector<std::string> Good() const {
    return {"--kafka", "k1:9092,k2:9092", "--redis", "r1:6379", "--tokens-file", tokens_};
  }

  std::filesystem::path folder_;
  std::string tokens_;
  std::string printed_;
  std::vector<std::string> set_;
};

TEST_F(Flags, AreReadAndPrintedWithoutSecrets) {
  ServiceOptions options("strategy");
  auto flags = Good();
  for (const char* more : {"--shards", "16", "--listen", "127.0.0.1:7001", "--scheduler",
                           "127.0.0.1:7002", "--first-start", "--release", "demo-1"}) {
    flags.push_back(more);
  }
  EXPECT_EQ(Parse(options, flags), std::nullopt) << printed_;
  EXPECT_EQ(options.ledger.kafka, "k1:9092,k2:9092");
  EXPECT_EQ(options.ledger.redis, std::vector<std::string>{"r1:6379"});
  EXPECT_EQ(options.ledger.shards, 16);
  EXPECT_EQ(options.ledger.service, "strategy");
  EXPECT_TRUE(options.ledger.first_start);
  EXPECT_EQ(options.peers.at("scheduler"), "127.0.0.1:7002");
  EXPECT_EQ(options.peers.count("publisher"), 0u);
  EXPECT_EQ(options.tokens.service_token, kService);
  EXPECT_NE(printed_.find("\"release\":\"demo-1\""), std::string::npos) << printed_;
  EXPECT_EQ(printed_.find(kOperator), std::string::npos);
  EXPECT_EQ(printed_.find(kService), std::string::npos);
}

TEST_F(Flags, HaveEnvironmentFallbacksAndWinOverThem) {
  Env("CARILLON_KAFKA", "k:9092");
  Env("CARILLON_REDIS", "r1:6379,r2:6379");
  Env("CARILLON_TOKENS_FILE", tokens_);
  Env("CARILLON_SHARDS", "4");
  Env("CARILLON_FIRST_START", "1");
  Env("CARILLON_LOG_LEVEL", "warn");
  Env("CARILLON_PUBLISHER", "p:1");
  ServiceOptions options("strategy");
  EXPECT_EQ(Parse(options, {"--shards", "5", "--log-level", "info"}), std::nullopt) << printed_;
  EXPECT_EQ(options.ledger.shards, 5);
  EXPECT_EQ(options.ledger.redis.size(), 2u);
  EXPECT_TRUE(options.ledger.first_start);
  EXPECT_EQ(options.log_level, "info");
  EXPECT_EQ(options.peers.at("publisher"), "p:1");
}

TEST_F(Flags, SayWhatIsWrong) {
  const struct {
    std::vector<std::string> flags;
    std::string says;
  } kCases[] = {
      {{"--listen", "127.0.0.1:70000"}, "the port must be 0 to 65535"},
      {{"--listen", "127.0.0.1"}, "not HOST:PORT"},
      {{"--listen", ":5"}, "not HOST:PORT"},
      {{"--listen", "::1:5"}, "in brackets"},
      {{"--listen", "127.0.0.1:5x"}, "the port must be"},
      {{"--advertise", "host:0"}, "the port must be 1 to 65535"},
      {{"--metrics-listen", "nowhere"}, "--metrics-listen"},
      {{"--scheduler", "http://host"}, "--scheduler"},
      {{"--shards", "0"}, "1"},
      {{"--shards", "257"}, "256"},
      {{"--shards", "many"}, "--shards"},
      {{"--log-level", "loud"}, "loud"},
      {{"--release", "Not Good"}, "release name"},
      {{"--tokens-file", "/nonexistent/tokens.json"}, "/nonexistent/tokens.json"},
      {{"--listen", "0.0.0.0:7000"}, "--advertise"},
      {{"--restored-until", "yesterday"}, "is no time like"},
      {{"--restored-until", "2026-03-01T09:30:00"}, "is no time like"},
      {{"--restored-until", "2999-03-01T09:30:00Z"}, "still to come"},
      {{"--unheard-of"}, "--unheard-of"},
  };
  for (const auto& c : kCases) {
    ServiceOptions options("strategy");
    auto flags = Good();
    // Given twice, a flag is another error: the case's own one replaces ours.
    for (size_t i = 0; i + 1 < flags.size(); i += 2) {
      if (flags[i] == c.flags[0]) {
        flags.erase(flags.begin() + static_cast<long>(i), flags.begin() + static_cast<long>(i) + 2);
      }
    }
    flags.insert(flags.end(), c.flags.begin(), c.flags.end());
    EXPECT_EQ(Parse(options, flags), 2) << c.says;
    EXPECT_NE(printed_.find(c.says), std::string::npos) << c.says << " -> " << printed_;
  }
}

TEST_F(Flags, ARestoredLogIsDeclaredByAMoment) {
  ServiceOptions none("strategy");
  EXPECT_EQ(Parse(none, Good()), std::nullopt);
  EXPECT_EQ(none.ledger.restored_until, absl::InfinitePast());
  Env("CARILLON_RESTORED_UNTIL", "2026-03-01T09:30:00.5+01:00");
  ServiceOptions options("strategy");
  EXPECT_EQ(Parse(options, Good()), std::nullopt) << printed_;
  EXPECT_EQ(options.ledger.restored_until, absl::FromUnixMillis(1'772'353'800'500));
  EXPECT_NE(printed_.find("2026-03-01T08:30:00.5"), std::string::npos) << printed_;
}

TEST_F(Flags, NeedBrokerRedisAndTokens) {
  for (size_t gone = 0; gone < 3; ++gone) {
    auto flags = Good();
    const std::string name = flags[2 * gone];
    flags.erase(flags.begin() + static_cast<long>(2 * gone),
                flags.begin() + static_cast<long>(2 * gone) + 2);
    ServiceOptions options("strategy");
    EXPECT_EQ(Parse(options, flags), 2);
    EXPECT_NE(printed_.find(name), std::string::npos) << printed_;
  }
}

TEST_F(Flags, HelpIsNoError) {
  ServiceOptions options("strategy");
  EXPECT_EQ(Parse(options, {"--help"}), 0);
  EXPECT_NE(printed_.find("CARILLON_KAFKA"), std::string::npos) << printed_;
}

}  // namespace
}  // namespace carillon::service
