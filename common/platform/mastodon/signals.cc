#include "common/platform/mastodon/signals.h"
#include "common/platform/redact.h"

#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/headers.h"

namespace carillon::mastodon {
namespace {

std::optional<platform::SignalKind> KindOf(const std::string& type) {
  if (type == "mention") return platform::SignalKind::kMention;
  if (type == "favourite") return platform::SignalKind::kFavourite;
  if (type == "reblog") return platform::SignalKind::kBoost;
  if (type == "follow") return platform::SignalKind::kFollow;
  return std::nullopt;
}

}  // namespace

platform::Signal SignalOfStatus(const StatusView& status, std::string_view own_account_id) {
  platform::Signal signal;
  const bool reply = !own_account_id.empty() && status.in_reply_to_account_id == own_account_id;
  signal.kind = reply ? platform::SignalKind::kReply : platform::SignalKind::kMention;
  signal.remote_id = status.id;
  signal.created_at = status.created_at;
  signal.author = status.author;
  signal.author_name = status.author_name;
  if (reply) signal.post_remote_id = status.in_reply_to_id;
  signal.status_remote_id = status.id;
  signal.status_url = status.url;
  signal.text = status.text;
  signal.visibility = status.visibility;
  if (status.visibility == "direct") {
    signal.kind = platform::SignalKind::kDirectMessage;
    // A conversation has no id that a status tells: it is the one with its author.
    signal.conversation_remote_id = status.account_id;
  }
  return signal;
}

platform::Signal FoundSignalOf(const StatusView& status) {
  platform::Signal signal = SignalOfStatus(status, "");
  signal.kind = platform::SignalKind::kKeyword;
  return signal;
}

Result<std::optional<platform::Signal>> ReadNotification(const platform::Json& notification, std::string_view base_url,
                                               std::string_view own_account_id) {
  const std::optional<platform::SignalKind> kind = KindOf(platform::GetText(notification, "type"));
  if (!kind) return std::nullopt;
  const std::optional<absl::Time> created_at = ParseTime(platform::GetText(notification, "created_at"));
  if (!created_at) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} sent a notification without created_at", platform::HostOf(base_url)));
  }
  // A status that was deleted since leaves its notification without one.
  const platform::Json& about = platform::GetMember(notification, "status");
  if (kind != platform::SignalKind::kFollow && about.is_null()) return std::nullopt;
  if (kind == platform::SignalKind::kMention) {
    ASSIGN_OR_RETURN(const StatusView status, ReadStatus(about, base_url));
    return SignalOfStatus(status, own_account_id);
  }
  platform::Signal signal;
  signal.kind = *kind;
  signal.remote_id = platform::GetId(notification, "id");
  signal.created_at = *created_at;
  const platform::Json& account = platform::GetMember(notification, "account");
  signal.author = FullName(platform::GetText(account, "acct"), base_url);
  signal.author_name = platform::GetText(account, "display_name");
  if (kind != platform::SignalKind::kFollow) signal.post_remote_id = platform::GetId(about, "id");
  return signal;
}

}  // namespace carillon::mastodon
