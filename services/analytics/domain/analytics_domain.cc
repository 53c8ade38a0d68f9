#include "services/analytics/domain/analytics_domain.h"

#include "common/base/clock.h"
#include "services/analytics/domain/fold.h"
#include "services/analytics/domain/ids.h"

namespace carillon::analytics {
namespace {

constexpr int64_t kCountMax = 1'000'000'000'000;

using ledger::IndexEntry;
using ledger::TimeKey;

std::string Member(const std::string& brand_id, const google::protobuf::Timestamp& time,
                   const std::string& id) {
  return brand_id + "|" + TimeKey(FromProto(time)) + "|" + id;
}

std::vector<IndexEntry> PostIndexes(const v1::PostStats& post) {
  const std::string& brand = post.last().brand_id();
  std::vector<IndexEntry> out = {
      {kPostsByPosted, Member(brand, post.last().posted_at(), post.id())}};
  if (!post.buckets().empty()) {
    const absl::Time newest =
        absl::UnixEpoch() + post.buckets().rbegin()->quarter() * absl::Seconds(kQuarterSeconds);
    out.push_back({kPostsByActive, Member(brand, ToProto(newest), post.id())});
  }
  return out;
}

const v1::AnalyticsMessage& MessageOf(const ledger::Input& input) {
  return static_cast<const v1::AnalyticsMessage&>(*input.body);
}

// Folds the message into the record's rollup; true where it changed something.
bool Fold(const v1::AnalyticsMessage& message, const std::string& id, v1::AnalyticsRecord& record) {
  switch (message.body_case()) {
    case v1::AnalyticsMessage::kTarget:
      record.mutable_target()->set_id(id);
      return FoldTarget(message.target(), *record.mutable_target());
    case v1::AnalyticsMessage::kMetric:
      record.mutable_post()->set_id(id);
      return FoldMetric(message.metric(), *record.mutable_post());
    case v1::AnalyticsMessage::kAccount:
      record.mutable_account()->set_id(id);
      return FoldAccount(message.account(), *record.mutable_account());
    case v1::AnalyticsMessage::BODY_NOT_SET:
      break;
  }
  return false;
}

// Sums of what passes stay numbers.
bool IsCountable(const v1::AnalyticsMessage& message) {
  const auto good = [](int64_t count) { return count >= 0 && count <= kCountMax; };
  const v1::MetricSample& metric = message.metric();
  return good(metric.replies()) && good(metric.boosts()) && good(metric.favourites()) &&
         good(metric.link_clicks()) && good(metric.impressions()) && good(metric.profile_clicks()) &&
         good(message.account().followers()) && good(message.account().following()) && good(message.account().posts());
}

const char* WhatOf(const v1::AnalyticsMessage& message) {
  return message.has_target()   ? "target.counted"
         : message.has_metric() ? "post.counted"
                                : "account.counted";
}

}  // namespace

const ledger::Proto& AnalyticsDomain::RecordPrototype() const {
  return v1::AnalyticsRecord::default_instance();
}
const ledger::Proto& AnalyticsDomain::MessagePrototype() const {
  return v1::AnalyticsMessage::default_instance();
}

std::vector<std::string> AnalyticsDomain::IndexNames() const {
  return {kTargetsByDue, kPostsByPosted, kPostsByActive, kAccountsByBrand};
}

std::vector<IndexEntry> AnalyticsDomain::Indexes(const ledger::Proto& proto) const {
  const auto& record = static_cast<const v1::AnalyticsRecord&>(proto);
  if (record.has_post()) return PostIndexes(record.post());
  if (record.has_account()) {
    return {{kAccountsByBrand, record.account().brand_id() + "|" + record.account().id()}};
  }
  // A draft without a time is planned for no period.
  if (!record.has_target() || !record.target().last().has_due_at()) return {};
  const v1::TargetSample& last = record.target().last();
  return {{kTargetsByDue, Member(last.brand_id(), last.due_at(), record.target().id())}};
}

std::string RollupIdOf(const v1::AnalyticsMessage& message) {
  switch (message.body_case()) {
    case v1::AnalyticsMessage::kTarget:
      return TargetStatsId(message.target().target_id(), message.target().account_id());
    case v1::AnalyticsMessage::kMetric:
      return PostStatsId(message.metric().account_id(), message.metric().remote_id());
    case v1::AnalyticsMessage::kAccount:
      return AccountStatsId(message.account().account_id());
    case v1::AnalyticsMessage::BODY_NOT_SET:
      break;
  }
  return "";
}

std::vector<std::string> AnalyticsDomain::Reads(const ledger::Input& input) const {
  if (input.kind != ledger::Input::Kind::kMessage) return {};
  return {RollupIdOf(MessageOf(input))};
}

Result<ledger::Decision> AnalyticsDomain::Decide(const ledger::Input& input,
                                                 ledger::StateView& states,
                                                 const ledger::DecideContext&) const {
  if (input.kind != ledger::Input::Kind::kMessage) {
    return Refuse(Code::kUnimplemented, "NO_COMMANDS", "analytics takes counted samples only");
  }
  const v1::AnalyticsMessage& message = MessageOf(input);
  const std::string id = RollupIdOf(message);
  if (id.empty()) {
    return Refuse(Code::kInvalidArgument, "BAD_SAMPLE", "the message holds no sample");
  }
  if (!IsCountable(message)) {
    return Refuse(Code::kInvalidArgument, "BAD_SAMPLE",
                  fmt::format("a sample of {} counts below 0 or over {}", id, kCountMax));
  }
  ASSIGN_OR_RETURN(const ledger::ProtoPtr before, states.Find(id));
  auto record = std::make_shared<v1::AnalyticsRecord>();
  if (before) record->CopyFrom(*before);
  record->clear_header();
  ledger::Decision decision;
  decision.answer_id = id;
  if (Fold(message, id, *record)) decision.changes.push_back({id, WhatOf(message), record});
  return decision;
}

}  // namespace carillon::analytics
