// Makes one random case for fold_test.py: what the topics hold, and the CSVs that analytics makes of it.
// Usage: fold_case SEED. Prints JSON: {"counted": [{"partition", "value"}], "strategy": [base64],
// "reports": [{"brand", "begin", "end", "bucket", "csv"}]}.
#include <absl/strings/escaping.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <random>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/testing/fake_clock.h"
#include "common/ledger/testing/fake_ledger.h"
#include "services/analytics/api/report_query.h"
#include "services/analytics/domain/analytics_domain.h"
#include "services/analytics/report/csv.h"

namespace carillon::analytics {
namespace {

using Json = nlohmann::json;

constexpr int kPartitions = 3;
const absl::Time kStart = absl::FromUnixSeconds(1'792'300'000);  // 2026-10-18, a week before DST ends in Europe
const std::vector<std::string> kZones = {"Europe/Paris", "Asia/Kolkata", "America/New_York", "Asia/Tokyo",
                                         "Australia/Lord_Howe"};

google::protobuf::Timestamp Seconds(int64_t after_start) {
  return ToProto(kStart + absl::Seconds(after_start));
}

class Plans : public Directory {
 public:
  explicit Plans(std::mt19937& random) {
    for (int i = 0; i < 2; ++i) {
      auto& brand = brands_.emplace_back();
      brand.set_id("brand_" + std::to_string(i));
      brand.set_timezone(kZones[static_cast<size_t>(i)]);
      auto& campaign = campaigns_.emplace_back();
      campaign.set_id("camp_" + std::to_string(i));
      campaign.set_brand_id(brand.id());
      campaign.set_start_date("2026-10-20");
      for (int metric = 1; metric <= 7; ++metric) {
        auto& goal = goals_.emplace_back();
        goal.set_id("goal_" + std::to_string(i) + std::to_string(metric));
        goal.set_brand_id(brand.id());
        if (random() % 2) goal.set_campaign_id(campaign.id());
        goal.set_metric(static_cast<strategy::v1::Metric>(metric));
        goal.set_target(1 + random() % 500);
        goal.set_by_date("2026-10-" + std::to_string(24 + random() % 5));
        *goal.mutable_created_at() = Seconds(random() % 400'000);
      }
    }
  }

  Json Records() const {
    Json out = Json::array();
    const auto add = [&out](const std::string& id, strategy::v1::StrategyRecord record) {
      record.mutable_header()->set_aggregate_id(id);
      out.push_back(absl::Base64Escape(record.SerializeAsString()));
    };
    for (const auto& brand : brands_) {
      strategy::v1::StrategyRecord record;
      *record.mutable_brand() = brand;
      add(brand.id(), record);
    }
    for (const auto& campaign : campaigns_) {
      strategy::v1::StrategyRecord record;
      *record.mutable_campaign() = campaign;
      add(campaign.id(), record);
    }
    for (const auto& goal : goals_) {
      strategy::v1::StrategyRecord record;
      *record.mutable_goal() = goal;
      add(goal.id(), record);
    }
    return out;
  }

  Result<strategy::v1::Brand> Brand(const std::string& id, const std::string&) override {
    for (const auto& brand : brands_) {
      if (brand.id() == id) return brand;
    }
    return Refuse(Code::kNotFound, "UNKNOWN_BRAND", "no brand " + id);
  }
  Result<std::vector<strategy::v1::Brand>> Brands(const std::string&) override { return brands_; }
  Result<std::vector<strategy::v1::Goal>> Goals(const std::string& brand) override {
    return Of(goals_, brand);
  }
  Result<std::vector<strategy::v1::Campaign>> Campaigns(const std::string& brand) override {
    return Of(campaigns_, brand);
  }
  Result<std::map<std::string, std::string>> Usernames(const std::string&) override {
    return MakeStatus(Code::kUnavailable, "names are not needed");
  }

 private:
  template <typename Row>
  static std::vector<Row> Of(const std::vector<Row>& rows, const std::string& brand) {
    std::vector<Row> out;
    for (const Row& row : rows) {
      if (row.brand_id() == brand) out.push_back(row);
    }
    return out;
  }

  std::vector<strategy::v1::Brand> brands_;
  std::vector<strategy::v1::Campaign> campaigns_;
  std::vector<strategy::v1::Goal> goals_;
};

// The samples of `accounts` accounts over twelve days: some repeated, some late.
class Samples {
 public:
  explicit Samples(std::mt19937& random) : random_(random) {}

  std::vector<v1::AnalyticsMessage> Make() {
    for (int account = 0; account < 5; ++account) {
      for (int post = 0; post < 12; ++post) AddPost(account, post);
      int64_t followers = 100;
      for (int64_t at = Any(5000); at < 1'000'000; at += 1 + Any(90'000)) {
        v1::AnalyticsMessage message;
        auto& sample = *message.mutable_account();
        Stamp(account, sample);
        *sample.mutable_sampled_at() = Seconds(at);
        sample.set_followers(followers += Any(9) - 3);
        if (account % 2 == 0) sample.set_following(50 + Any(3));
        if (account > 2 && Any(4) > 0) sample.set_posts(900 + Any(2));
        Add(std::move(message));
      }
    }
    return std::move(out_);
  }

 private:
  int64_t Any(int64_t below) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(below)); }

  template <typename Sample>
  void Stamp(int account, Sample& sample) {
    sample.set_account_id("acct_" + std::to_string(account));
    sample.set_brand_id("brand_" + std::to_string(account % 2));
    sample.set_zone(kZones[static_cast<size_t>(account)]);
  }

  void Add(v1::AnalyticsMessage message) {
    message.mutable_header()->set_message_id("m" + std::to_string(++messages_));
    out_.push_back(message);
    // An old one again, of any kind: a sender that was not sure.
    if (Any(4) == 0) out_.push_back(out_[static_cast<size_t>(Any(static_cast<int64_t>(out_.size())))]);
  }

  void AddPost(int account, int post) {
    const std::string campaign = Any(3) ? "camp_" + std::to_string(account % 2) : "";
    const std::string remote = std::to_string(account * 100 + post);
    const bool history = post < 4;
    const int64_t posted = history ? -Any(9'000'000) : Any(900'000);
    if (!history) AddTargets(account, post, campaign, remote, posted);
    int64_t counts[6] = {};
    bool first = true;
    for (int64_t at = std::max<int64_t>(posted, 0) + Any(4000); at < 1'000'000; at += 1 + Any(40'000)) {
      for (int64_t& count : counts) count = std::max<int64_t>(0, count + Any(8) - 2);
      v1::AnalyticsMessage message;
      auto& sample = *message.mutable_metric();
      Stamp(account, sample);
      sample.set_remote_id(remote);
      if (!history && Any(5)) sample.set_campaign_id(campaign);
      *sample.mutable_posted_at() = Seconds(posted);
      *sample.mutable_sampled_at() = Seconds(at);
      sample.mutable_sampled_at()->set_nanos(static_cast<int32_t>(Any(1'000'000'000)));
      sample.set_replies(counts[0]);
      sample.set_boosts(counts[1]);
      sample.set_favourites(counts[2]);
      sample.set_link_clicks(Any(2) ? counts[3] : 0);
      sample.set_has_link_clicks(account % 2 && Any(3));
      if (account % 2 && Any(3)) sample.set_impressions(counts[4]);
      if (account % 2 && Any(3)) sample.set_profile_clicks(counts[5]);
      sample.set_history(history && first);
      first = false;
      Add(std::move(message));
    }
  }

  void AddTargets(int account, int post, const std::string& campaign, const std::string& remote,
                  int64_t due) {
    constexpr const char* kStates[] = {"PENDING", "DISPATCHED", "PUBLISHED", "FAILED", "UNCONFIRMED",
                                       "EXPIRED", "HELD",       "CANCELLED", "BLOCKED"};
    for (uint64_t version = 1; version <= 4; ++version) {
      v1::AnalyticsMessage message;
      auto& sample = *message.mutable_target();
      Stamp(account, sample);
      sample.set_target_id(fmt::format("dlv_{}_{}", account, post));
      sample.set_campaign_id(campaign);
      if (post != 5) *sample.mutable_due_at() = Seconds(due);
      sample.set_state(version < 4 ? kStates[Any(9)] : Any(3) ? "PUBLISHED" : kStates[Any(9)]);
      *sample.mutable_finished_at() = Seconds(due + Any(120));
      sample.set_version(version);
      if (sample.state() == "PUBLISHED") sample.set_remote_id(remote);
      Add(std::move(message));
    }
  }

  std::mt19937& random_;
  std::vector<v1::AnalyticsMessage> out_;
  int messages_ = 0;
};

std::string AccountOf(const v1::AnalyticsMessage& message) {
  return message.has_target()   ? message.target().account_id()
         : message.has_metric() ? message.metric().account_id()
                                : message.account().account_id();
}

Json Case(unsigned seed) {
  std::mt19937 random(seed);
  Plans plans(random);
  carillon::testing::FakeClock clock;
  AnalyticsDomain domain;
  ledger::testing::FakeLedger ledger(domain, clock);
  Json counted = Json::array();
  for (auto& message : Samples(random).Make()) {
    message.mutable_header()->set_to(AccountOf(message));
    counted.push_back({{"partition", PartitionOf(AccountOf(message), kPartitions)},
                       {"value", absl::Base64Escape(message.SerializeAsString())}});
    CARILLON_CHECK(ledger.Deliver(message), "{}", ToString(ledger.last_status()));
  }
  Json reports = Json::array();
  ReportQuery query(ledger, plans, clock);
  for (const auto& [brand, bucket] : {std::pair("brand_0", v1::BUCKET_SIZE_DAY),
                                      std::pair("brand_1", v1::BUCKET_SIZE_HOUR),
                                      std::pair("", v1::BUCKET_SIZE_HOUR)}) {
    v1::GetReportRequest request;
    request.set_brand_id(brand);
    request.set_bucket(bucket);
    *request.mutable_from() = Seconds(200'000 + static_cast<int64_t>(random() % 100'000));
    *request.mutable_to() = Seconds(800'000 + static_cast<int64_t>(random() % 100'000));
    const auto result = query.Run(request, absl::InfiniteFuture());
    CARILLON_CHECK(result.ok(), "{}", ToString(result.status()));
    const auto text = [](const google::protobuf::Timestamp& time) {
      return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", FromProto(time), absl::UTCTimeZone());
    };
    reports.push_back({{"brand", *brand ? brand : "all"},
                       {"bucket", bucket == v1::BUCKET_SIZE_DAY ? "day" : "hour"},
                       {"begin", text(request.from())},
                       {"end", text(request.to())},
                       {"csv", RenderCsv(result->report)}});
  }
  return {{"partitions", kPartitions}, {"counted", counted}, {"strategy", plans.Records()}, {"reports", reports}};
}

}  // namespace
}  // namespace carillon::analytics

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::cout << carillon::analytics::Case(static_cast<unsigned>(std::stoul(argv[1]))).dump() << "\n";
  return 0;
}
