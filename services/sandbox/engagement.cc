#include "services/sandbox/engagement.h"

namespace carillon::sandbox {
namespace {

constexpr double kNewPostFactor = 1.25;
constexpr double kReplyFactor = 0.15;
constexpr size_t kTextsRememberedMax = 1'000'000;

}  // namespace

EngagementEngine::EngagementEngine(uint64_t seed, Timers* timers, EngagementOptions options)
    : seed_(seed), timers_(timers), options_(options) {}

void EngagementEngine::OnPost(Platform* platform, const AccountInfo& account,
                              const std::string& post, const std::string& text, bool is_reply) {
  if (options_.scale <= 0) return;
  int occurrence = 0;
  {
    std::lock_guard lock(mutex_);
    if (occurrences_.size() < kTextsRememberedMax)
      occurrence = ++occurrences_[HashWords(0, {account.username, text})];
  }
  Random random(
      HashWords(seed_, {"engagement", account.username, text, std::to_string(occurrence)}));
  const double base = RhythmOf(seed_, account.username, account.zone).base;
  const Engagement drawn = DrawEngagement(
      &random, base * kNewPostFactor * (is_reply ? kReplyFactor : 1) * options_.scale);
  const Target on_post = {platform, account.id, post}, on_account = {platform, account.id, ""};
  Plan(&random, Reaction::kFavourite, drawn.favourites, on_post);
  Plan(&random, Reaction::kReblog, drawn.reblogs, on_post);
  Plan(&random, Reaction::kReply, drawn.replies, on_post);
  Plan(&random, Reaction::kMention, drawn.mentions, on_account);
  Plan(&random, Reaction::kFollow, drawn.follows, on_account);
}

void EngagementEngine::Plan(Random* random, Reaction reaction, int count, const Target& target) {
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
    const bool queued =
        timers_->After(delay, [this, reaction, user, target, text = std::move(text)] {
          if (!target.platform->React(reaction, user, target.account, target.post, text).empty())
            ++happened_;
        });
    if (!queued) ++dropped_;
  }
}

}  // namespace carillon::sandbox
