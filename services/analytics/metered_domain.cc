#include "services/analytics/metered_domain.h"

#include "common/base/clock.h"
#include "common/observe/metrics.h"

namespace carillon::analytics {
namespace {

void Count(const v1::AnalyticsMessage& message, bool changed, absl::Time now) {
  const char* kind = message.has_target()   ? "target"
                     : message.has_metric() ? "metric"
                                            : "account";
  observe::Counter("counted_total", "Samples folded, by kind and by whether they changed a number",
                   {{"kind", kind}, {"changed", changed ? "yes" : "no"}})
      .Increment();
  const absl::Time occurred = FromProto(message.header().envelope().occurred_at());
  if (occurred == absl::UnixEpoch()) return;
  static auto& lag = observe::Seconds("fold_lag", "From when a sample was sent to when it is folded");
  lag.Observe(std::max(0.0, absl::ToDoubleSeconds(now - occurred)));
}

}  // namespace

Result<ledger::Decision> MeteredDomain::Decide(const ledger::Input& input,
                                               ledger::StateView& states,
                                               const ledger::DecideContext& context) const {
  auto decision = AnalyticsDomain::Decide(input, states, context);
  if (decision.ok() && input.kind == ledger::Input::Kind::kMessage) {
    Count(static_cast<const v1::AnalyticsMessage&>(*input.body), !decision->changes.empty(),
          context.now);
  }
  return decision;
}

}  // namespace carillon::analytics
