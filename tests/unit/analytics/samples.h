// Samples for tests, short to write.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/analytics/v1/analytics.pb.h"
#include "common/base/clock.h"

namespace carillon::analytics {

inline absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << ": " << error;
  return time;
}

inline v1::MetricSample Metric(const std::string& account, const std::string& remote,
                               const std::string& at, int64_t favourites, int64_t boosts = 0,
                               int64_t replies = 0) {
  v1::MetricSample sample;
  sample.set_account_id(account);
  sample.set_remote_id(remote);
  sample.set_brand_id("brand_1");
  sample.set_zone("Europe/Paris");
  *sample.mutable_sampled_at() = ToProto(At(at));
  *sample.mutable_posted_at() = ToProto(At("2026-11-01T08:00:00Z"));
  sample.set_favourites(favourites);
  sample.set_boosts(boosts);
  sample.set_replies(replies);
  return sample;
}

inline v1::TargetSample Target(const std::string& id, const std::string& account,
                               const std::string& state, uint64_t version) {
  v1::TargetSample sample;
  sample.set_target_id(id);
  sample.set_post_id("post_" + id);
  sample.set_account_id(account);
  sample.set_brand_id("brand_1");
  sample.set_state(state);
  sample.set_version(version);
  *sample.mutable_due_at() = ToProto(At("2026-11-23T09:00:00Z"));
  return sample;
}

inline v1::AccountSample Followers(const std::string& account, const std::string& at,
                                   int64_t followers) {
  v1::AccountSample sample;
  sample.set_account_id(account);
  sample.set_brand_id("brand_1");
  sample.set_zone("Europe/Paris");
  *sample.mutable_sampled_at() = ToProto(At(at));
  sample.set_followers(followers);
  return sample;
}

}  // namespace carillon::analytics
