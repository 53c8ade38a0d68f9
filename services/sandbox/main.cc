// sandbox: a stand-in for a Mastodon server. README.md says what it imitates and what it does not.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/base/ids.h"
#include "services/sandbox/sandbox.h"

namespace {

using carillon::Code;
using carillon::MakeStatus;
using carillon::Status;
using carillon::sandbox::NewAccount;
using carillon::sandbox::Sandbox;

// [{"username", "token", "display_name"?, "zone"?, "history_weeks"?}]
Status AddAccountsOfFile(Sandbox* sandbox, const std::string& path) {
  std::ifstream file(path);
  const nlohmann::json list = file ? nlohmann::json::parse(file, nullptr, false) : nlohmann::json();
  if (!list.is_array()) {
    return MakeStatus(
        Code::kInvalidArgument,
        fmt::format("--accounts-file {}: not a readable JSON list of accounts", path));
  }
  for (const nlohmann::json& item : list) {
    if (!item.is_object() || !item.contains("username") || !item.contains("token")) {
      return MakeStatus(
          Code::kInvalidArgument,
          fmt::format("--accounts-file {}: an account needs username and token", path));
    }
    NewAccount account;
    account.username = item.value("username", "");
    account.token = item.value("token", "");
    account.display_name = item.value("display_name", "");
    account.zone = item.value("zone", "");
    account.history_weeks = item.value("history_weeks", 8);
    auto added = sandbox->store.AddAccount(account);
    if (!added.ok()) return carillon::Annotate(added.status(), "--accounts-file");
  }
  return carillon::Ok();
}

// Three accounts whose tokens follow from the seed; they are printed, for there is nothing behind them to protect.
Status AddUsualAccounts(Sandbox* sandbox, uint64_t seed) {
  for (const char* username : {"brand_one", "brand_two", "brand_three"}) {
    NewAccount account;
    account.username = username;
    account.token = "sandbox-" + carillon::HashText({std::to_string(seed), username});
    auto added = sandbox->store.AddAccount(account);
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
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals,
                  nullptr);  // before any thread, so that sigwait below gets them
  signal(SIGPIPE, SIG_IGN);
  carillon::SystemClock clock;
  Sandbox sandbox(options, &clock);
  const Status accounts = accounts_file.empty() ? AddUsualAccounts(&sandbox, options.seed)
                                                : AddAccountsOfFile(&sandbox, accounts_file);
  if (!accounts.ok()) return Fail(accounts);
  if (const Status started = sandbox.Start(); !started.ok()) return Fail(started);
  std::cout << "api " << sandbox.url() << "\nadmin " << sandbox.admin_url() << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  sandbox.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  carillon::sandbox::SandboxOptions options;
  std::string accounts_file;
  int64_t engagement_window_s = 25, media_processing_ms = 150;
  CLI::App app{
      "A stand-in for a Mastodon server: its API on --listen, the truth and faults on "
      "--admin-listen."};
  app.add_option("--listen", options.listen, "host:port of the API; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--admin-listen", options.admin_listen, "host:port of the admin API")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the synthetic users, the past and the engagement")
      ->capture_default_str();
  app.add_option("--accounts-file", accounts_file,
                 "JSON list of {username, token, display_name, zone, history_weeks}");
  app.add_option("--threads", options.threads, "of the API server")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--rate-limit", options.rate_limit,
                 "requests per account and 5 minutes; 0 is none; Mastodon's own is 300")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--media-processing-ms", media_processing_ms,
                 "how long an upload is processed; 0 answers it at once")
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
  options.media_processing = absl::Milliseconds(media_processing_ms);
  options.engagement.window = absl::Seconds(engagement_window_s);
  return Run(options, accounts_file);
}
