#include "services/listener/domain/sampling.h"

#include <fmt/format.h>

#include <memory>

#include "carillon/analytics/v1/analytics.pb.h"
#include "common/base/clock.h"
#include "services/listener/domain/ids.h"

namespace carillon::listener {
namespace {

bool Same(const v1::Metrics& a, const v1::Metrics& b) {
  return a.replies() == b.replies() && a.boosts() == b.boosts() &&
         a.favourites() == b.favourites() && a.link_clicks() == b.link_clicks() && a.impressions() == b.impressions() &&
         a.profile_clicks() == b.profile_clicks();
}

// What the platform once told stays where it tells it no more (X: clicks of posts of 30 days).
v1::Metrics WithTold(v1::Metrics now, const v1::Metrics& before) {
  if (!now.has_link_clicks() && before.has_link_clicks()) {
    now.set_link_clicks(before.link_clicks());
    now.set_has_link_clicks(true);
  }
  if (!now.has_impressions() && before.has_impressions()) now.set_impressions(before.impressions());
  if (!now.has_profile_clicks() && before.has_profile_clicks()) now.set_profile_clicks(before.profile_clicks());
  return now;
}

void SendMetricSample(ChangeSet& changes, const v1::Collection& collection,
                      const v1::TrackedPost& post, absl::Time sampled_at, bool history) {
  auto message = std::make_shared<analytics::v1::AnalyticsMessage>();
  analytics::v1::MetricSample& sample = *message->mutable_metric();
  sample.set_account_id(post.account_id());
  sample.set_brand_id(post.brand_id());
  sample.set_campaign_id(post.campaign_id());
  sample.set_zone(collection.zone());
  sample.set_remote_id(post.remote_id());
  sample.set_post_id(post.post_id());
  *sample.mutable_posted_at() = post.published_at();
  *sample.mutable_sampled_at() = ToProto(sampled_at);
  sample.set_replies(post.last().replies());
  sample.set_boosts(post.last().boosts());
  sample.set_favourites(post.last().favourites());
  sample.set_link_clicks(post.last().link_clicks());
  sample.set_has_link_clicks(post.last().has_link_clicks());
  if (post.last().has_impressions()) sample.set_impressions(post.last().impressions());
  if (post.last().has_profile_clicks()) sample.set_profile_clicks(post.last().profile_clicks());
  sample.set_history(history);
  changes.Send(fmt::format("{}:{}", post.id(), absl::ToUnixMillis(sampled_at)), post.account_id(),
               post.id(), std::move(message));
}

void Schedule(v1::TrackedPost& post, const DomainOptions& options, absl::Time sampled_at) {
  const auto next = NextSample(options, FromProto(post.published_at()), sampled_at);
  if (next) {
    *post.mutable_next_sample_at() = ToProto(*next);
  } else {
    post.clear_next_sample_at();
  }
}

}  // namespace

Status TakeSample(ChangeSet& changes, const v1::Collection& collection,
                  const v1::PostSample& sample, absl::Time sampled_at,
                  const DomainOptions& options) {
  const std::string id = TrackedPostId(collection.account_id(), sample.remote_id());
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr && sample.is_reply()) return Ok();
  // Read before it was taken away, and told after.
  if (before != nullptr && before->tracked_post().has_deleted_at()) return Ok();
  if (before != nullptr && before->tracked_post().has_last_sampled_at() &&
      FromProto(before->tracked_post().last_sampled_at()) >= sampled_at) {
    return Ok();
  }
  ASSIGN_OR_RETURN(v1::ListenerRecord * record,
                   changes.Change(id, before == nullptr ? "tracked_post.found"
                                                        : "tracked_post.sampled"));
  v1::TrackedPost& post = *record->mutable_tracked_post();
  if (before == nullptr) {
    post.set_id(id);
    post.set_account_id(collection.account_id());
    post.set_remote_id(sample.remote_id());
  }
  post.set_org_id(collection.org_id());
  post.set_brand_id(collection.brand_id());
  if (!post.has_published_at()) *post.mutable_published_at() = sample.posted_at();
  if (post.remote_url().empty()) post.set_remote_url(sample.url());
  const bool first = !post.has_counted_at();
  // What was there before the account was connected counts at the time of posting, not as new
  // engagement.
  const bool history = before == nullptr && FromProto(sample.posted_at()) <
                                                FromProto(collection.connected_at());
  const v1::Metrics metrics = WithTold(sample.metrics(), post.last());
  const bool send = first || !Same(post.last(), metrics) ||
                    FromProto(post.counted_at()) + kCountedAgeMax <= sampled_at;
  // Replies that were there before are no news for the inbox.
  if (history) post.set_context_replies(sample.metrics().replies());
  *post.mutable_last() = metrics;
  *post.mutable_last_sampled_at() = ToProto(sampled_at);
  post.clear_gone();
  Schedule(post, options, sampled_at);
  if (send) {
    *post.mutable_counted_at() = ToProto(sampled_at);
    SendMetricSample(changes, collection, post, sampled_at, history);
  }
  return Ok();
}

Status TakeGone(ChangeSet& changes, const v1::Collection& collection,
                const std::string& remote_id) {
  const std::string id = TrackedPostId(collection.account_id(), remote_id);
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr || before->tracked_post().gone()) return Ok();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "tracked_post.gone"));
  record->mutable_tracked_post()->set_gone(true);
  record->mutable_tracked_post()->clear_next_sample_at();
  return Ok();
}

Status TakeContextRead(ChangeSet& changes, const v1::Collection& collection,
                       const v1::ContextRead& read) {
  const std::string id = TrackedPostId(collection.account_id(), read.post_remote_id());
  ASSIGN_OR_RETURN(const auto before, changes.Look(id));
  if (before == nullptr || before->tracked_post().context_replies() == read.replies()) return Ok();
  ASSIGN_OR_RETURN(v1::ListenerRecord * record, changes.Change(id, "tracked_post.thread_read"));
  record->mutable_tracked_post()->set_context_replies(read.replies());
  return Ok();
}

void TakeAccount(ChangeSet& changes, v1::Collection& collection, const v1::PollReport& report,
                 absl::Time sampled_at) {
  const bool same = collection.followers() == report.followers() && collection.following() == report.following() &&
                    collection.posts() == report.posts();
  const bool send = !same || !collection.has_followers_counted_at() ||
                    FromProto(collection.followers_counted_at()) + kCountedAgeMax <= sampled_at;
  collection.set_followers(report.followers());
  collection.set_following(report.following());
  collection.set_posts(report.posts());
  *collection.mutable_account_read_at() = ToProto(sampled_at);
  if (!send) return;
  *collection.mutable_followers_counted_at() = ToProto(sampled_at);
  auto message = std::make_shared<analytics::v1::AnalyticsMessage>();
  analytics::v1::AccountSample& sample = *message->mutable_account();
  sample.set_account_id(collection.account_id());
  sample.set_brand_id(collection.brand_id());
  sample.set_zone(collection.zone());
  *sample.mutable_sampled_at() = ToProto(sampled_at);
  sample.set_followers(report.followers());
  sample.set_following(report.following());
  sample.set_posts(report.posts());
  const std::string id = CollectionId(collection.account_id());
  changes.Send(fmt::format("{}:{}", id, absl::ToUnixMillis(sampled_at)), collection.account_id(),
               id, std::move(message));
}

}  // namespace carillon::listener
