#include "common/platform/mastodon/status.h"
#include "common/platform/redact.h"

#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/headers.h"
#include "common/platform/mastodon/text.h"
#include "common/text/html_text.h"

namespace carillon::mastodon {
namespace {

Status CheckList(const platform::Json& array, std::string_view base_url) {
  if (array.is_array()) return Ok();
  return MakeStatus(Code::kUnavailable, fmt::format("{} did not send a list of statuses", platform::HostOf(base_url)));
}

}  // namespace

Result<StatusView> ReadStatus(const platform::Json& status, std::string_view base_url) {
  StatusView view;
  view.id = platform::GetId(status, "id");
  const std::optional<absl::Time> created_at = ParseTime(platform::GetText(status, "created_at"));
  if (view.id.empty() || !created_at) {
    return MakeStatus(Code::kUnavailable,
                      fmt::format("{} sent a status without id or created_at", platform::HostOf(base_url)));
  }
  view.created_at = *created_at;
  view.url = platform::GetText(status, "url");
  if (view.url.empty()) view.url = platform::GetText(status, "uri");
  view.text = text::HtmlToText(WithoutQuoteLink(platform::GetText(status, "content")));
  view.spoiler = platform::GetText(status, "spoiler_text");
  view.in_reply_to_id = platform::GetId(status, "in_reply_to_id");
  view.in_reply_to_account_id = platform::GetId(status, "in_reply_to_account_id");
  view.has_poll = platform::GetMember(status, "poll").is_object();
  view.is_quote = platform::GetMember(status, "quote").is_object();
  view.visibility = platform::GetText(status, "visibility");
  view.is_boost = platform::GetMember(status, "reblog").is_object();
  view.replies = platform::GetCount(status, "replies_count");
  view.boosts = platform::GetCount(status, "reblogs_count");
  view.favourites = platform::GetCount(status, "favourites_count");
  const platform::Json& account = platform::GetMember(status, "account");
  view.account_id = platform::GetId(account, "id");
  view.author = FullName(platform::GetText(account, "acct"), base_url);
  view.author_name = platform::GetText(account, "display_name");
  const platform::Json& media = platform::GetMember(status, "media_attachments");
  if (media.is_array()) view.media_count = static_cast<int>(media.size());
  const platform::Json& mentions = platform::GetMember(status, "mentions");
  if (mentions.is_array()) {
    for (const platform::Json& mention : mentions) view.mentioned_account_ids.push_back(platform::GetId(mention, "id"));
  }
  return view;
}

Result<std::vector<StatusView>> ReadStatuses(const platform::Json& array, std::string_view base_url, platform::Unreadable* unreadable) {
  RETURN_IF_ERROR(CheckList(array, base_url));
  return platform::ReadEach(array, unreadable, [&](const platform::Json& status) { return ReadStatus(status, base_url); });
}

bool IdLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace carillon::mastodon
