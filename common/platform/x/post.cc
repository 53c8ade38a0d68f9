#include "common/platform/x/post.h"

#include "common/platform/redact.h"
#include "common/platform/x/api.h"
#include "common/twitter_text/urls.h"

namespace carillon::x {

std::string PostText(const platform::PublishContent& content) {
  if (content.link.empty()) return content.text;
  for (const text::TextRange& url : twitter_text::FindUrls(content.text)) {
    if (text::Slice(content.text, url) == content.link) return content.text;
  }
  return content.text.empty() ? content.link : content.text + "\n\n" + content.link;
}

std::string QuotedId(std::string_view quoted) {
  constexpr std::string_view kStatus = "/status/";
  if (quoted.starts_with("https://") || quoted.starts_with("http://")) {
    const std::string host = platform::HostOf(quoted);
    const bool is_x = host == "x.com" || host == "twitter.com" || host.ends_with(".x.com") || host.ends_with(".twitter.com");
    const size_t at = quoted.find(kStatus);
    if (!is_x || at == std::string_view::npos) return "";
    quoted.remove_prefix(at + kStatus.size());
    quoted = quoted.substr(0, quoted.find_first_of("/?#"));
  }
  return IsId(std::string(quoted)) ? std::string(quoted) : "";
}

std::string ReplySettingsOf(const std::vector<platform::ReplyGroup>& groups) {
  if (groups.size() != 1) return "";
  switch (groups[0]) {
    case platform::ReplyGroup::kMentioned: return "mentionedUsers";
    case platform::ReplyGroup::kFollowing: return "following";
    case platform::ReplyGroup::kSubscribers: return "subscribers";
    case platform::ReplyGroup::kVerified: return "verified";
    case platform::ReplyGroup::kFollowers: break;
  }
  return "";
}

platform::Json MakePost(const platform::PublishContent& content, const std::vector<std::string>& media_ids) {
  platform::Json post = platform::Json::object();
  if (std::string text = PostText(content); !text.empty()) post["text"] = std::move(text);
  if (!media_ids.empty()) post["media"]["media_ids"] = media_ids;
  if (!content.in_reply_to_remote_id.empty()) {
    post["reply"]["in_reply_to_tweet_id"] = content.in_reply_to_remote_id;
  }
  if (content.poll) {
    post["poll"] = {{"options", content.poll->options}, {"duration_minutes", absl::ToInt64Minutes(content.poll->duration)}};
  }
  if (!content.quoted_remote_id.empty()) post["quote_tweet_id"] = QuotedId(content.quoted_remote_id);
  if (content.reply_groups) post["reply_settings"] = ReplySettingsOf(*content.reply_groups);
  return post;
}

}  // namespace carillon::x
