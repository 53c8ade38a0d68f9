// How accounts stand: their health, and when what waits on them will be out.
#include <CLI/CLI.hpp>
#include <absl/time/clock.h>

#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

constexpr int kPostsMax = 10'000;

struct Options {
  std::string brand, account;
  int posts = 0;
};

// With the whole days that the token has left.
Json Shown(const publisher::v1::AccountHealth& health) {
  Json json = ToJson(health);
  if (health.has_token_expires_at()) {
    const absl::Duration left = FromProto(health.token_expires_at()) - FromProto(health.as_of());
    json["token_days_left"] = left / absl::Hours(24);
  }
  return json;
}

Status Health(Session& s, const Options& options) {
  publisher::v1::GetAccountHealthRequest request;
  ASSIGN_OR_RETURN(const std::string brand_id, BrandId(s, options.brand));
  request.set_brand_id(brand_id);
  request.set_account(options.account);
  if (!options.account.empty()) {
    ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::GetAccountHealth, request));
    if (response.accounts_size() != 1) return Local("the publisher did not say how this account stands; is it of another version?");
    s.Show(Shown(response.accounts(0)));
    return Ok();
  }
  ASSIGN_OR_RETURN(const auto accounts, s.CallPages(s.publisher(), &Publisher::GetAccountHealth, request,
                                                    &publisher::v1::GetAccountHealthResponse::accounts));
  std::vector<Json> rows;
  for (const auto& health : accounts) rows.push_back(Shown(health));
  s.ShowList(rows, {{"USERNAME", "username"},
                    {"PLATFORM", "platform"},
                    {"STATE", "state"},
                    {"PROBLEMS", "problems"},
                    {"TOKEN DAYS", "token_days_left"},
                    {"RENEWED", "token_refreshable"},
                    {"SCOPES MISSING", "scopes_missing"},
                    {"LAST SUCCESS", "last_success_at"},
                    {"WAITING", "waiting"},
                    {"LAST ERROR", "last_error"}});
  return Ok();
}

// "all 400 are out by 2026-11-23T09:07:00Z; held up longest by RATE_LIMIT post".
std::string Sentence(const publisher::v1::ForecastAccountResponse& forecast) {
  const int all = forecast.waiting() + forecast.posts();
  if (all == 0) return "nothing waits";
  if (!forecast.has_ends_at()) return fmt::format("none of {} goes out: {}", all, forecast.held_by());
  std::string text = fmt::format("all {} are out by {}", all,
                                 absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromProto(forecast.ends_at()), absl::UTCTimeZone()));
  if (forecast.held_by().empty()) return text;
  text += "; held up longest by " + forecast.held_by();
  return forecast.held_by_limit().empty() ? text : text + " " + forecast.held_by_limit();
}

Status Forecast(Session& s, const Options& options) {
  publisher::v1::ForecastAccountRequest request;
  ASSIGN_OR_RETURN(const std::string brand_id, BrandId(s, options.brand));
  request.set_brand_id(brand_id);
  request.set_account(options.account);
  request.set_posts(options.posts);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.publisher(), &Publisher::ForecastAccount, request));
  if (!s.globals.json) s.out << Sentence(response) << "\n";
  s.Show(response);
  return Ok();
}

}  // namespace

void AddAccountState(CLI::App* account, const Verbs& verbs) {
  Session* s = &verbs.session;
  auto health = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(account, "health", "Tell how accounts stand: the token, what it may do, the last success, what waits",
                              "account health trailkin_au");
  verb->add_option("account", health->account, "Id or username; without it all accounts");
  verb->add_option("--brand", health->brand, "Only this brand's");
  verbs.Does(verb, [s, health] { return Health(*s, *health); });

  auto forecast = std::make_shared<Options>();
  verb = verbs.Verb(account, "forecast", "Tell when what waits on an account will be out, by its limits",
                    "account forecast trailkin_au --posts 400");
  verb->add_option("account", forecast->account, "Id or username")->required();
  verb->add_option("--brand", forecast->brand, "Search the username in this brand");
  verb->add_option("--posts", forecast->posts, "So many posts beside those that wait")->check(CLI::Range(0, kPostsMax));
  verbs.Does(verb, [s, forecast] { return Forecast(*s, *forecast); });
}

}  // namespace carillon::cli
