#include "services/analytics/api/report_query.h"


#include "common/base/clock.h"
#include "services/analytics/domain/analytics_domain.h"
#include "services/analytics/domain/fold.h"
#include "services/analytics/domain/ids.h"
#include "services/analytics/report/assemble.h"
#include "services/analytics/report/calendar.h"

namespace carillon::analytics {
namespace {

constexpr int kPageSize = 500;
constexpr size_t kLookEvery = 1'000;  // records between two looks at the clock

Result<ReportSpec> SpecOf(const v1::GetReportRequest& request) {
  ReportSpec spec{request.brand_id(), FromProto(request.from()), FromProto(request.to()),
                  request.bucket()};
  if (spec.bucket == v1::BUCKET_SIZE_UNSPECIFIED) spec.bucket = v1::BUCKET_SIZE_DAY;
  if (!request.has_from() || !request.has_to() || spec.from >= spec.to ||
      spec.to - spec.from > kRangeMax) {
    return Refuse(Code::kInvalidArgument, "BAD_RANGE",
                  "a report needs `from` before `to`, at most 400 days apart");
  }
  if (spec.bucket != v1::BUCKET_SIZE_HOUR && spec.bucket != v1::BUCKET_SIZE_DAY) {
    return Refuse(Code::kInvalidArgument, "BAD_BUCKET", "`bucket` is neither hour nor day");
  }
  if (spec.bucket == v1::BUCKET_SIZE_HOUR && spec.to - spec.from > kHourRangeMax) {
    return Refuse(Code::kInvalidArgument, "BAD_BUCKET",
                  "hours are shown for at most 62 days; ask for days, or for a shorter period");
  }
  return spec;
}

Status TooMuch() {
  return Refuse(Code::kInvalidArgument, "BAD_RANGE",
                fmt::format("this report would read more than {} records; ask for a shorter period or"
                            " one brand",
                            kRecordsMax));
}

// The posts of published targets that were not read yet: they show how fresh their zeros are.
Status ReadPostsOfTargets(ledger::Reader& reader, const std::vector<v1::TargetStats>& targets,
                          std::map<std::string, v1::PostStats>& posts) {
  std::vector<std::string> missing;
  for (const auto& target : targets) {
    if (target.last().remote_id().empty()) continue;
    std::string id = PostStatsId(target.last().account_id(), target.last().remote_id());
    if (!posts.contains(id)) missing.push_back(std::move(id));
  }
  for (size_t at = 0; at < missing.size(); at += kPageSize) {
    const size_t end = std::min(missing.size(), at + kPageSize);
    ASSIGN_OR_RETURN(const auto found,
                     reader.GetMany({missing.begin() + static_cast<ptrdiff_t>(at),
                                     missing.begin() + static_cast<ptrdiff_t>(end)}));
    for (const auto& record : found) {
      if (!record) continue;
      const auto& post = static_cast<const v1::AnalyticsRecord&>(*record).post();
      posts[post.id()] = post;
    }
  }
  return Ok();
}

}  // namespace

// All records between two times in a brand's index; `take` gets each.
Status ReportQuery::ReadRange(const char* index, const std::string& brand_id,
                              const std::string& from, const std::string& to, Budget& budget,
                              const std::function<void(const v1::AnalyticsRecord&)>& take) {
  ledger::ListQuery query;
  query.index = index;
  query.prefix = brand_id + "|";
  query.from = from;
  query.to = to;
  return reader_.Each(query, [&](const ledger::Proto& record) -> Status {
    if (++budget.read > kRecordsMax) return TooMuch();
    if (budget.read % kLookEvery == 0 && clock_.Now() >= budget.deadline) {
      return MakeStatus(Code::kDeadlineExceeded, "the report took too long");
    }
    take(static_cast<const v1::AnalyticsRecord&>(record));
    return Ok();
  });
}

Result<ReportAndNames> ReportQuery::Run(const v1::GetReportRequest& request,
                                        absl::Time deadline) {
  Budget budget{.read = 0, .deadline = deadline};
  ASSIGN_OR_RETURN(ReportSpec spec, SpecOf(request));
  ReportAndNames out;
  ReportRows rows;
  if (spec.brand_id.empty()) {
    ASSIGN_OR_RETURN(const auto brands, directory_.Brands(request.org_id()));
    for (const auto& brand : brands) RETURN_IF_ERROR(ReadBrand(brand, spec, budget, rows));
    out.names = {"All brands", brands.empty() ? "UTC" : brands.front().timezone()};
  } else {
    ASSIGN_OR_RETURN(const auto brand, directory_.Brand(spec.brand_id, request.org_id()));
    spec.brand_id = brand.id();
    RETURN_IF_ERROR(ReadBrand(brand, spec, budget, rows));
    out.names = {brand.name(), brand.timezone()};
  }
  out.report = Assemble(spec, std::move(rows));
  return out;
}

Status ReportQuery::ReadBrand(const strategy::v1::Brand& brand, const ReportSpec& spec,
                              Budget& budget, ReportRows& rows) {
  RETURN_IF_ERROR(ReadGoals(brand, spec, rows));
  if (auto names = directory_.Usernames(brand.id()); names.ok()) rows.usernames.merge(*names);
  return ReadRollups(brand.id(), spec, budget, rows);
}

Status ReportQuery::ReadGoals(const strategy::v1::Brand& brand, const ReportSpec& spec,
                              ReportRows& rows) {
  ASSIGN_OR_RETURN(const auto campaigns, directory_.Campaigns(brand.id()));
  std::map<std::string, std::string> starts;
  for (const auto& campaign : campaigns) {
    rows.campaign_names[campaign.id()] = campaign.name();
    if (campaign.has_budget()) rows.campaign_budgets[campaign.id()] = campaign.budget();
    starts[campaign.id()] = campaign.start_date();
  }
  const absl::TimeZone zone = ZoneOrUtc(brand.timezone());
  ASSIGN_OR_RETURN(const auto goals, directory_.Goals(brand.id()));
  for (const auto& goal : goals) {
    const auto start = starts.find(goal.campaign_id());
    rows.goals.push_back(WindowOf(goal, start == starts.end() ? "" : start->second, zone, spec.to));
  }
  return Ok();
}

Status ReportQuery::ReadRollups(const std::string& brand_id, const ReportSpec& spec,
                                Budget& budget, ReportRows& rows) {
  absl::Time from = spec.from;
  for (const GoalWindow& goal : rows.goals) {
    if (goal.goal.brand_id() == brand_id) from = std::min(from, goal.from);
  }
  const std::string to = ledger::TimeKey(spec.to);
  std::vector<v1::TargetStats> targets;
  RETURN_IF_ERROR(ReadRange(kTargetsByDue, brand_id, ledger::TimeKey(from), to, budget,
                            [&](const auto& record) { targets.push_back(record.target()); }));
  std::map<std::string, v1::PostStats> posts;
  const auto take_post = [&](const auto& record) { posts[record.post().id()] = record.post(); };
  // One quarter-hour earlier: a bucket that overlaps a goal's begin counts for it.
  RETURN_IF_ERROR(ReadRange(kPostsByActive, brand_id,
                            ledger::TimeKey(from - absl::Seconds(kQuarterSeconds)), "", budget,
                            take_post));
  RETURN_IF_ERROR(ReadRange(kPostsByPosted, brand_id,
                            ledger::TimeKey(spec.to - kBestHoursWindow),
                            ledger::TimeKey(spec.to - kBestHoursYoungest), budget, take_post));
  RETURN_IF_ERROR(ReadPostsOfTargets(reader_, targets, posts));
  RETURN_IF_ERROR(ReadRange(kAccountsByBrand, brand_id, "", "", budget,
                            [&](const auto& record) { rows.accounts.push_back(record.account()); }));
  std::move(targets.begin(), targets.end(), std::back_inserter(rows.targets));
  for (auto& [id, post] : posts) rows.posts.push_back(std::move(post));
  return Ok();
}

}  // namespace carillon::analytics
