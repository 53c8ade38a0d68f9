#include "services/sandbox/engagement.h"

namespace carillon::sandbox {
namespace {

constexpr double kNewPostFactor = 1.25;
constexpr double kReplyFactor = 0.15;
constexpr size_t kTextsRememberedMax = 1'000'000;

}  // namespace

EngagementEngine::EngagementEngine(Store* store, Timers* timers, EngagementOptions options)
    : store_(store), timers_(timers), options_(options) {}

void EngagementEngine::OnPost(const Profile& account, int64_t post, const std::string& text,
                              bool is_reply) {
  if (options_.scale <= 0) return;
  int occurrence = 0;
  {
    std::lock_guard lock(mutex_);
    if (occurrences_.size() < kTextsRememberedMax)
      occurrence = ++occurrences_[HashWords(0, {account.username, text})];
  }
  Random random(HashWords(store_->seed(),
                          {"engagement", account.username, text, std::to_string(occurrence)}));
  const double base = RhythmOf(store_->seed(), account.username, account.zone).base;
  const Engagement drawn = DrawEngagement(
      &random, base * kNewPostFactor * (is_reply ? kReplyFactor : 1) * options_.scale);
  Plan(&random, Reaction::kFavourite, drawn.favourites, account, post);
  Plan(&random, Reaction::kReblog, drawn.reblogs, account, post);
  Plan(&random, Reaction::kReply, drawn.replies, account, post);
  Plan(&random, Reaction::kMention, drawn.mentions, account, 0);
  Plan(&random, Reaction::kFollow, drawn.follows, account, 0);
}

void EngagementEngine::Plan(Random* random, Reaction reaction, int count, const Profile& account,
                            int64_t post) {
  // A start and an odd stride visit each user at most once.
  const int start = random->Below(kSyntheticUsers),
            stride = 2 * random->Below(kSyntheticUsers / 2) + 1;
  for (int i = 0; i < count; ++i) {
    const int user = (start + i * stride) % kSyntheticUsers;
    const double moment = random->Unit();
    const absl::Duration delay = options_.window * (0.02 + 0.98 * moment * moment);
    std::string text;
    if (reaction == Reaction::kReply || reaction == Reaction::kMention)
      text = SyntheticText(random, reaction == Reaction::kReply);
    ++planned_;
    const bool queued = timers_->After(
        delay, [this, reaction, user, id = account.id, post, text = std::move(text)] {
          if (store_->React(reaction, user, id, post, text) != 0) ++happened_;
        });
    if (!queued) ++dropped_;
  }
}

}  // namespace carillon::sandbox
