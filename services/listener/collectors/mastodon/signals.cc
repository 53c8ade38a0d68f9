#include "services/listener/collectors/mastodon/signals.h"

#include "common/mastodon/api.h"
#include "common/mastodon/headers.h"

namespace carillon::listener::mastodon {
namespace {

namespace api = carillon::mastodon;

std::optional<SignalKind> KindOf(const std::string& type) {
  if (type == "mention") return SignalKind::kMention;
  if (type == "favourite") return SignalKind::kFavourite;
  if (type == "reblog") return SignalKind::kBoost;
  if (type == "follow") return SignalKind::kFollow;
  return std::nullopt;
}

}  // namespace

Signal SignalOfStatus(const api::StatusView& status, std::string_view own_account_id) {
  Signal signal;
  const bool reply = !own_account_id.empty() && status.in_reply_to_account_id == own_account_id;
  signal.kind = reply ? SignalKind::kReply : SignalKind::kMention;
  signal.remote_id = status.id;
  signal.created_at = status.created_at;
  signal.author = status.author;
  signal.author_name = status.author_name;
  if (reply) signal.post_remote_id = status.in_reply_to_id;
  signal.status_remote_id = status.id;
  signal.status_url = status.url;
  signal.text = status.text;
  return signal;
}

Result<std::optional<Signal>> ReadNotification(const api::Json& notification, std::string_view base_url,
                                               std::string_view own_account_id) {
  const std::optional<SignalKind> kind = KindOf(api::GetText(notification, "type"));
  if (!kind) return std::nullopt;
  const std::optional<absl::Time> created_at = api::ParseTime(api::GetText(notification, "created_at"));
  if (!created_at) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} sent a notification without created_at", api::HostOf(base_url)));
  }
  // A status that was deleted since leaves its notification without one.
  const api::Json& about = api::GetMember(notification, "status");
  if (kind != SignalKind::kFollow && about.is_null()) return std::nullopt;
  if (kind == SignalKind::kMention) {
    ASSIGN_OR_RETURN(const api::StatusView status, api::ReadStatus(about, base_url));
    return SignalOfStatus(status, own_account_id);
  }
  Signal signal;
  signal.kind = *kind;
  signal.remote_id = api::GetId(notification, "id");
  signal.created_at = *created_at;
  const api::Json& account = api::GetMember(notification, "account");
  signal.author = api::FullName(api::GetText(account, "acct"), base_url);
  signal.author_name = api::GetText(account, "display_name");
  if (kind != SignalKind::kFollow) signal.post_remote_id = api::GetId(about, "id");
  return signal;
}

}  // namespace carillon::listener::mastodon
