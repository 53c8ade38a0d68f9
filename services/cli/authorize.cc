// Connecting an account by OAuth: the URL that a person opens, and how it ended.
#include <CLI/CLI.hpp>

#include <chrono>
#include <thread>

#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

using publisher::v1::Authorization;

constexpr auto kAskAgain = std::chrono::milliseconds(300);
constexpr int kWaitMax = 3'600;

struct Options {
  std::string brand, platform, base_url, handle, app, account;
  int wait_s = 0;
};

Result<publisher::v1::StartAuthorizationRequest> MakeRequest(Session& s, const Options& options) {
  publisher::v1::StartAuthorizationRequest request;
  std::string brand_id;
  if (!options.brand.empty()) {
    ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
    brand_id = brand.id();
    request.set_org_id(brand.org_id());
    request.set_brand_id(brand_id);
    request.set_zone(brand.timezone());
  }
  if (!options.account.empty()) {
    ASSIGN_OR_RETURN(const auto account, FindAccount(s, options.account, brand_id));
    request.set_account_id(account.id());
  } else if (options.brand.empty() || options.platform.empty()) {
    return Local("say --brand and --platform, or the --account that is to be connected again");
  }
  request.set_platform(options.platform);
  request.set_base_url(options.base_url);
  request.set_handle(options.handle);
  request.set_app(options.app);
  request.set_request_id(s.RequestId());
  return request;
}

// Until it has ended, or the time is over.
Result<Authorization> Await(Session& s, const std::string& id, int wait_s) {
  publisher::v1::GetAuthorizationRequest request;
  request.set_id(id);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(wait_s);
  while (true) {
    ASSIGN_OR_RETURN(const auto response, s.Call(s.authorizer(), &Authorizer::GetAuthorization, request));
    const auto state = response.authorization().state();
    const bool open = state == publisher::v1::AUTHORIZATION_STATE_WAITING ||
                      state == publisher::v1::AUTHORIZATION_STATE_REDEEMING;
    if (!open || std::chrono::steady_clock::now() >= end) return response.authorization();
    std::this_thread::sleep_for(kAskAgain);
  }
}

Status Authorize(Session& s, const Options& options) {
  ASSIGN_OR_RETURN(const auto request, MakeRequest(s, options));
  ASSIGN_OR_RETURN(const auto started, s.Call(s.authorizer(), &Authorizer::StartAuthorization, request));
  if (started.authorization_url().empty()) {
    return Failed("AUTHORIZATION_USED", "this request's link was used already, or its time is over; begin anew");
  }
  if (options.wait_s == 0) {
    s.Show(Json{{"id", started.authorization().id()},
                {"authorization_url", started.authorization_url()},
                {"expires_at", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromProto(started.authorization().expires_at()),
                                                absl::UTCTimeZone())}});
    return Ok();
  }
  s.Note("open this in a browser, signed in as the account: " + started.authorization_url());
  ASSIGN_OR_RETURN(const Authorization ended, Await(s, started.authorization().id(), options.wait_s));
  s.Show(ended);
  if (ended.state() == publisher::v1::AUTHORIZATION_STATE_CONNECTED) return Ok();
  return Failed(ended.error_reason().empty() ? "NOT_CONNECTED" : ended.error_reason(),
                ended.error().empty() ? "the account is not connected" : ended.error());
}

Status Get(Session& s, const std::string& id) {
  publisher::v1::GetAuthorizationRequest request;
  request.set_id(id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.authorizer(), &Authorizer::GetAuthorization, request));
  s.Show(response.authorization());
  return Ok();
}

}  // namespace

void AddAuthorize(CLI::App* account, const Verbs& verbs) {
  Session* s = &verbs.session;
  auto options = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(account, "authorize", "Connect an account by OAuth: prints the URL to open in a browser",
                              "account authorize --brand Trailkin --platform mastodon --base-url"
                              " https://social.example --wait 600");
  verb->add_option("--brand", options->brand, "Brand, by name or id");
  verb->add_option("--platform", options->platform, "mastodon, bluesky or x");
  verb->add_option("--base-url", options->base_url, "The server, https://...; needed where there are many");
  verb->add_option("--handle", options->handle, "Bluesky: who will sign in, brand.example or a DID; in place of --base-url");
  verb->add_option("--app", options->app, "Which app of `app list`, by id or name; default: the only one");
  verb->add_option("--account", options->account,
                   "Connect this account again, by id or username; any other is refused");
  verb->add_option("--wait", options->wait_s, "Wait up to so many seconds for how it ends")
      ->check(CLI::Range(0, kWaitMax));
  verbs.Does(verb, [s, options] { return Authorize(*s, *options); });

  auto id = std::make_shared<std::string>();
  verb = verbs.Verb(account, "authorization", "Show how connecting by OAuth stands", "account authorization auth_...");
  verb->add_option("id", *id, "As `account authorize` printed it")->required();
  verbs.Does(verb, [s, id] { return Get(*s, *id); });
}

}  // namespace carillon::cli
