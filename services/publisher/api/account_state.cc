// How accounts stand: when what waits will be out, and their health. Nothing is changed, and no platform is asked.
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/rpc/metadata.h"
#include "services/publisher/api/account_pages.h"
#include "services/publisher/api/publisher_api.h"
#include "services/publisher/domain/health.h"
#include "services/publisher/domain/pacing.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {
namespace {

constexpr int kPostsMax = 10'000;
constexpr int64_t kWaitingMax = 100'000;
// Of those that wait, so many are asked what for.
constexpr int kLookedAtMax = 500;

const v1::PublisherRecord& RecordOf(const ledger::ProtoPtr& record) { return static_cast<const v1::PublisherRecord&>(*record); }

void Fill(const RateCost& cost, const RateState& state, v1::RateUse* out) {
  out->set_name(cost.name);
  out->set_limit(state.limit);
  out->set_used(state.used);
  out->set_cost(cost.cost);
  out->set_window_s(absl::ToInt64Seconds(cost.window));
  if (state.ends_at != absl::InfinitePast()) *out->mutable_ends_at() = ToProto(state.ends_at);
  out->set_of_app(cost.of_app);
}

Status TooMany(const char* field, int64_t given, int64_t most) {
  return Refuse(Code::kInvalidArgument, "TOO_MANY_POSTS",
                fmt::format("{} is {}; a forecast is made for 0 to {}", field, given, most), {{"field", field}});
}

}  // namespace

Result<v1::Account> PublisherApi::AccountById(const std::string& id, absl::Time deadline) {
  if (IsId(id, "acct")) {
    const ledger::Answer known = router_.GetAndWait(id, deadline);
    RETURN_IF_ERROR(known.status);
    if (known.record != nullptr && RecordOf(known.record).has_account()) return RecordOf(known.record).account();
  }
  return Refuse(Code::kNotFound, "UNKNOWN_ACCOUNT", fmt::format("there is no account '{}'; see the list of accounts", id),
                {{"account", id}});
}

Result<v1::Account> PublisherApi::ConnectedAccount(const std::string& id, absl::Time deadline) {
  ASSIGN_OR_RETURN(v1::Account account, AccountById(id, deadline));
  if (account.state() == v1::ACCOUNT_STATE_CONNECTED) return account;
  return Refuse(Code::kFailedPrecondition, "NOT_CONNECTED", "the account is not connected; connect it again", {{"account", id}});
}

Result<v1::Account> PublisherApi::FindAccount(const std::string& account, const std::string& brand_id,
                                              const Context& context, absl::Time deadline) {
  if (IsId(account, "acct")) return AccountById(account, deadline);
  ASSIGN_OR_RETURN(auto at_least, rpc::AtLeast(context));
  return AccountByName(account, brand_id, std::move(at_least));
}

Status PublisherApi::MakeForecast(const v1::Account& account, int posts, v1::ForecastAccountResponse* out) {
  if (posts < 0 || posts > kPostsMax) return TooMany("posts", posts, kPostsMax);
  ASSIGN_OR_RETURN(const int64_t waiting, reader_.Count(kQueueIndex, account.id() + "|"));
  if (waiting > kWaitingMax) return TooMany("what waits", waiting, kWaitingMax);
  const Rules usual;
  const Rules& rules = options_.rules == nullptr ? usual : *options_.rules;
  const absl::Time now = clock_.Now();
  const auto costs = rules.rates_of ? rules.rates_of(account, v1::Dispatch()) : std::vector<RateCost>();
  const int app_accounts = options_.gates == nullptr ? 1 : options_.gates->AppAccounts(AppKey(account));
  out->set_account_id(account.id());
  out->set_waiting(static_cast<int>(waiting));
  out->set_posts(posts);
  *out->mutable_as_of() = ToProto(now);
  for (const RateCost& cost : costs) Fill(cost, StateOf(account, cost, now, app_accounts), out->add_limits());
  if (account.state() != v1::ACCOUNT_STATE_CONNECTED) {
    out->set_held_by("NEEDS_RECONNECT");
    return Ok();
  }
  const Forecast forecast = ForecastOf(account, costs, static_cast<int>(waiting) + posts, rules, now, app_accounts);
  *out->mutable_ends_at() = ToProto(forecast.ends_at);
  if (forecast.held_by != nullptr) out->set_held_by(forecast.held_by);
  if (forecast.limit != nullptr) out->set_held_by_limit(forecast.limit->name);
  return Ok();
}

PublisherApi::Reactor* PublisherApi::ForecastAccount(Context* context, const v1::ForecastAccountRequest* request,
                                                     v1::ForecastAccountResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto answer = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("account.forecast", request->brand_id()));
      ASSIGN_OR_RETURN(const v1::Account account, FindAccount(request->account(), request->brand_id(), *context, call.deadline()));
      return MakeForecast(account, request->posts(), response);
    };
    call.Finish(answer());
  });
}

Result<v1::AccountHealth> PublisherApi::HealthFor(const v1::Account& account) {
  HealthFacts facts;
  ASSIGN_OR_RETURN(facts.waiting, reader_.Count(kQueueIndex, account.id() + "|"));
  if (facts.waiting > 0) {
    ledger::ListQuery query;
    query.index = kQueueIndex;
    query.prefix = account.id() + "|";
    query.page_size = kLookedAtMax;
    ASSIGN_OR_RETURN(const ledger::Page page, reader_.List(query));
    for (const ledger::ProtoPtr& record : page.records) {
      const std::string& what = RecordOf(record).delivery().waiting_for();
      if (!what.empty()) ++facts.waiting_for[what];
    }
  }
  std::vector<std::string> open;
  for (const v1::OpenDelivery& delivery : account.open()) open.push_back(delivery.delivery_id());
  if (!open.empty()) {
    ASSIGN_OR_RETURN(const auto records, reader_.GetMany(open));
    for (const ledger::ProtoPtr& record : records) {
      const bool unconfirmed = record != nullptr && RecordOf(record).delivery().state() == v1::DELIVERY_STATE_UNCONFIRMED;
      facts.in_doubt += unconfirmed ? 1 : 0;
    }
  }
  if (account.granted_scopes_size() > 0) {
    const auto connector = platforms_.FindConnector(account.platform());
    const std::vector<std::string> granted(account.granted_scopes().begin(), account.granted_scopes().end());
    if (connector.ok()) facts.scopes_missing = (*connector)->MissingScopes(granted);
  }
  return HealthOf(account, facts, clock_.Now());
}

PublisherApi::Reactor* PublisherApi::GetAccountHealth(Context* context, const v1::GetAccountHealthRequest* request,
                                                      v1::GetAccountHealthResponse* response) {
  return router_.Blocking(context, request, response, [=, this](rpc::Call& call) {
    const auto answer = [&]() -> Status {
      RETURN_IF_ERROR(call.Authorize("account.health", request->brand_id()));
      if (!request->account().empty()) {
        ASSIGN_OR_RETURN(const v1::Account account, FindAccount(request->account(), request->brand_id(), *context, call.deadline()));
        ASSIGN_OR_RETURN(*response->add_accounts(), HealthFor(account));
        return Ok();
      }
      ASSIGN_OR_RETURN(const ledger::Page page, ListAccountPage(reader_, *request, *context));
      for (const ledger::ProtoPtr& record : page.records) {
        ASSIGN_OR_RETURN(*response->add_accounts(), HealthFor(RecordOf(record).account()));
      }
      response->set_next_page_token(page.next_page_token);
      return Ok();
    };
    call.Finish(answer());
  });
}

}  // namespace carillon::publisher
