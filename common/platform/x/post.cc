#include "common/platform/x/post.h"

#include "common/twitter_text/urls.h"

namespace carillon::x {

std::string PostText(const platform::PublishContent& content) {
  if (content.link.empty()) return content.text;
  for (const text::TextRange& url : twitter_text::FindUrls(content.text)) {
    if (text::Slice(content.text, url) == content.link) return content.text;
  }
  return content.text.empty() ? content.link : content.text + "\n\n" + content.link;
}

platform::Json MakePost(const platform::PublishContent& content, const std::vector<std::string>& media_ids) {
  platform::Json post = platform::Json::object();
  if (std::string text = PostText(content); !text.empty()) post["text"] = std::move(text);
  if (!media_ids.empty()) post["media"]["media_ids"] = media_ids;
  if (!content.in_reply_to_remote_id.empty()) {
    post["reply"]["in_reply_to_tweet_id"] = content.in_reply_to_remote_id;
  }
  return post;
}

}  // namespace carillon::x
