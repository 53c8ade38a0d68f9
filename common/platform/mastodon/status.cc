#include "common/platform/mastodon/status.h"

#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/headers.h"
#include "common/text/html_text.h"

namespace carillon::mastodon {

Result<StatusView> ReadStatus(const Json& status, std::string_view base_url) {
  StatusView view;
  view.id = GetId(status, "id");
  const std::optional<absl::Time> created_at = ParseTime(GetText(status, "created_at"));
  if (view.id.empty() || !created_at) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} sent a status without id or created_at", HostOf(base_url)));
  }
  view.created_at = *created_at;
  view.url = GetText(status, "url");
  if (view.url.empty()) view.url = GetText(status, "uri");
  view.text = text::HtmlToText(GetText(status, "content"));
  view.spoiler = GetText(status, "spoiler_text");
  view.in_reply_to_id = GetId(status, "in_reply_to_id");
  view.in_reply_to_account_id = GetId(status, "in_reply_to_account_id");
  view.is_boost = GetMember(status, "reblog").is_object();
  view.replies = GetCount(status, "replies_count");
  view.boosts = GetCount(status, "reblogs_count");
  view.favourites = GetCount(status, "favourites_count");
  const Json& account = GetMember(status, "account");
  view.account_id = GetId(account, "id");
  view.author = FullName(GetText(account, "acct"), base_url);
  view.author_name = GetText(account, "display_name");
  const Json& media = GetMember(status, "media_attachments");
  if (media.is_array()) view.media_count = static_cast<int>(media.size());
  const Json& mentions = GetMember(status, "mentions");
  if (mentions.is_array()) {
    for (const Json& mention : mentions) view.mentioned_account_ids.push_back(GetId(mention, "id"));
  }
  return view;
}

Result<std::vector<StatusView>> ReadStatuses(const Json& array, std::string_view base_url) {
  if (!array.is_array()) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} did not send a list of statuses", HostOf(base_url)));
  }
  std::vector<StatusView> out;
  out.reserve(array.size());
  for (const Json& status : array) {
    ASSIGN_OR_RETURN(StatusView view, ReadStatus(status, base_url));
    out.push_back(std::move(view));
  }
  return out;
}

bool IdLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace carillon::mastodon
