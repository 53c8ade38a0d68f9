#include "common/platform/mastodon/match.h"

#include <algorithm>

#include "common/platform/mastodon/text.h"

namespace carillon::mastodon {

Wanted MakeWanted(const platform::PublishContent& content, absl::Time not_before,
                  std::vector<std::string> known_ids) {
  const std::string text = StatusText(content);
  return Wanted{
      .comparable_text = ComparableText(text),
      .loose_text = LooseText(text),
      .in_reply_to_id = content.in_reply_to_remote_id,
      .comparable_warning = ComparableText(content.content_warning),
      .has_poll = content.poll.has_value(),
      .is_quote = !content.quoted_remote_id.empty(),
      .media_count = static_cast<int>(content.media.size()),
      .not_before = not_before,
      .known_ids = std::move(known_ids),
  };
}

Match MatchStatus(const StatusView& status, const Wanted& wanted) {
  if (status.is_boost) return Match::kNo;
  if (std::find(wanted.known_ids.begin(), wanted.known_ids.end(), status.id) != wanted.known_ids.end()) {
    return Match::kNo;
  }
  const bool same_text = ComparableText(status.text) == wanted.comparable_text;
  const bool like_text =
      same_text || (!wanted.loose_text.empty() && LooseText(status.text) == wanted.loose_text);
  if (!like_text) return Match::kNo;
  const bool same_reply = status.in_reply_to_id == wanted.in_reply_to_id;
  // A reply whose parent was deleted since says that it replies to nothing; any other parent is another post's.
  if (!same_reply && !status.in_reply_to_id.empty()) return Match::kNo;
  const bool in_time = status.created_at >= wanted.not_before - kClockSkewMax;
  const bool same_forms = ComparableText(status.spoiler) == wanted.comparable_warning &&
                          status.has_poll == wanted.has_poll && status.is_quote == wanted.is_quote;
  const bool same = same_text && same_reply && same_forms && status.media_count == wanted.media_count && in_time;
  return same ? Match::kYes : Match::kMaybe;
}

platform::LookupOutcome Judge(const std::vector<StatusView>& statuses, const Wanted& wanted) {
  platform::LookupOutcome out;
  int certain = 0;
  int doubtful = 0;
  for (const StatusView& status : statuses) {
    const Match match = MatchStatus(status, wanted);
    if (match == Match::kMaybe) ++doubtful;
    if (match != Match::kYes) continue;
    if (++certain == 1) {
      out.remote_id = status.id;
      out.remote_url = status.url;
    }
  }
  if (certain == 1 && doubtful == 0) {
    out.kind = platform::LookupOutcome::Kind::kFound;
    return out;
  }
  out.remote_id.clear();
  out.remote_url.clear();
  if (certain == 0 && doubtful == 0) {
    out.kind = platform::LookupOutcome::Kind::kAbsent;
    return out;
  }
  out.kind = platform::LookupOutcome::Kind::kAmbiguous;
  out.error = fmt::format("{} posts of the account match exactly and {} nearly: which one is it?",
                          certain, doubtful);
  return out;
}

}  // namespace carillon::mastodon
