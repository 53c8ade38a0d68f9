// sandbox: stand-ins for social platforms. README.md says what it imitates and what it does not.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/base/ids.h"
#include "common/service/open_files.h"
#include "common/service/signals.h"
#include "services/sandbox/json_input.h"
#include "services/sandbox/sandbox.h"

namespace {

using carillon::Code;
using carillon::MakeStatus;
using carillon::Status;
using carillon::sandbox::At;
using carillon::sandbox::NewAccount;
using carillon::sandbox::Sandbox;
using carillon::sandbox::TextAt;

// [{"username" (or "handle"), "token", "platform"?, "display_name"?, "zone"?, "history_weeks"?}]
Status AddAccountsOfFile(Sandbox* sandbox, const std::string& path) {
  std::ifstream file(path);
  const nlohmann::json list = file ? nlohmann::json::parse(file, nullptr, false) : nlohmann::json();
  if (!list.is_array()) {
    return MakeStatus(
        Code::kInvalidArgument,
        fmt::format("--accounts-file {}: not a readable JSON list of accounts", path));
  }
  for (const nlohmann::json& item : list) {
    NewAccount account;
    account.username = TextAt(item, {"username"});
    if (account.username.empty()) account.username = TextAt(item, {"handle"});
    account.token = TextAt(item, {"token"});
    if (account.username.empty() || account.token.empty()) {
      return MakeStatus(
          Code::kInvalidArgument,
          fmt::format("--accounts-file {}: an account needs username (or handle) and token", path));
    }
    account.display_name = TextAt(item, {"display_name"});
    account.zone = TextAt(item, {"zone"});
    if (const auto* weeks = At(item, {"history_weeks"}); weeks && weeks->is_number_integer())
      account.history_weeks = weeks->get<int>();
    if (item.contains("platform")) account.platform = TextAt(item, {"platform"});
    auto added = sandbox->AddAccount(account);
    if (!added.ok()) return carillon::Annotate(added.status(), "--accounts-file");
  }
  return carillon::Ok();
}

// Three accounts of each platform, whose tokens follow from the seed; they are printed, for there is nothing behind them to protect.
Status AddUsualAccounts(Sandbox* sandbox, uint64_t seed) {
  const std::pair<const char*, const char*> usual[] = {
      {"mastodon", "brand_one"},           {"mastodon", "brand_two"},
      {"mastodon", "brand_three"},         {"bluesky", "brand-one.sandbox.test"},
      {"bluesky", "brand-two.sandbox.test"}, {"bluesky", "brand-three.sandbox.test"},
      {"x", "brand_one_x"},                {"x", "brand_two_x"},
      {"x", "brand_three_x"}};
  for (const auto& [platform, username] : usual) {
    NewAccount account;
    account.platform = platform;
    account.username = username;
    account.token = "sandbox-" + carillon::HashText({std::to_string(seed), username});
    auto added = sandbox->AddAccount(account);
    if (!added.ok()) return added.status();
    std::cout << "account " << username << " token " << account.token << "\n";
  }
  return carillon::Ok();
}

int Fail(const Status& status) {
  std::cerr << "sandbox: " << carillon::Message(status) << "\n";
  return 1;
}

int Run(const carillon::sandbox::SandboxOptions& options, const std::string& accounts_file) {
  carillon::service::BlockStopSignals();
  carillon::service::RaiseOpenFilesLimit();
  carillon::SystemClock clock;
  Sandbox sandbox(options, &clock);
  const Status accounts = accounts_file.empty() ? AddUsualAccounts(&sandbox, options.seed)
                                                : AddAccountsOfFile(&sandbox, accounts_file);
  if (!accounts.ok()) return Fail(accounts);
  if (const Status started = sandbox.Start(); !started.ok()) return Fail(started);
  std::cout << "api " << sandbox.url() << "\nbluesky " << sandbox.url("bluesky") << "\nx "
            << sandbox.url("x") << "\nadmin " << sandbox.admin_url() << std::endl;
  while (carillon::service::WaitForStopSignal(absl::Minutes(1)) == 0) {
  }
  sandbox.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  carillon::sandbox::SandboxOptions options;
  std::string accounts_file;
  int64_t engagement_window_s = 25, media_processing_ms = 150, bluesky_access_ttl_s = 7200,
          x_access_ttl_s = 7200;
  CLI::App app{
      "Stand-ins for social platforms: Mastodon's API on --listen, Bluesky's on --bluesky-listen, "
      "X's on --x-listen, the truth and faults on --admin-listen."};
  app.add_option("--listen", options.mastodon.listen, "host:port of Mastodon's API; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--admin-listen", options.admin_listen, "host:port of the admin API")
      ->capture_default_str();
  app.add_option("--bluesky-listen", options.bluesky.listen, "host:port of Bluesky's servers")
      ->capture_default_str();
  app.add_option("--x-listen", options.x.listen, "host:port of X's API")->capture_default_str();
  app.add_option("--x-rate-percent", options.x.rate_percent,
                 "limits of X's API, in percent of its own; 0 is none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--x-video-bytes-max", options.x.limits.video_bytes_max, "the largest video that X takes")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--x-access-ttl-s", x_access_ttl_s, "how long an access token of X is good")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag("--x-enterprise", options.x.is_enterprise,
               "accounts of X may reply, quote and like as they want");
  app.add_option("--seed", options.seed, "of the synthetic users, the past and the engagement")
      ->capture_default_str();
  app.add_option("--accounts-file", accounts_file,
                 "JSON list of {username, token, platform, display_name, zone, history_weeks}");
  app.add_option("--threads", options.mastodon.threads, "of the API server")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--rate-limit", options.mastodon.rate_limit,
                 "requests per account (on Bluesky: per address) and 5 minutes; 0 is none;"
                 " Mastodon's own is 300, Bluesky's 3000")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--bluesky-points-per-hour", options.bluesky.points_per_hour,
                 "of an account's writes, seven times as many a day; 0 is none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--bluesky-access-ttl-s", bluesky_access_ttl_s,
                 "how long an access token of Bluesky is good")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--media-processing-ms", media_processing_ms,
                 "how long an upload (on Bluesky and X: a video) is processed; 0 answers it at once")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--engagement-scale", options.engagement.scale,
                 "how much engagement new posts get; 0 is none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--engagement-window-s", engagement_window_s,
                 "within how many seconds of the post")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.mastodon.media_processing = absl::Milliseconds(media_processing_ms);
  options.bluesky.video_processing = absl::Milliseconds(media_processing_ms);
  options.bluesky.rate_limit = options.mastodon.rate_limit;
  options.bluesky.threads = options.mastodon.threads;
  options.bluesky.access_ttl = absl::Seconds(bluesky_access_ttl_s);
  options.x.media_processing = absl::Milliseconds(media_processing_ms);
  options.x.threads = options.mastodon.threads;
  options.x.access_ttl = absl::Seconds(x_access_ttl_s);
  options.engagement.window = absl::Seconds(engagement_window_s);
  return Run(options, accounts_file);
}
