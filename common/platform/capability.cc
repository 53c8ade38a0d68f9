#include "common/platform/capability.h"

namespace carillon::platform {

std::string_view SupportName(Support support) {
  switch (support) {
    case Support::kWorks: return "works";
    case Support::kNotBuilt: return "not built";
    case Support::kNotOffered: return "not offered";
    case Support::kNeedsApproval: return "needs approval";
  }
  return "";
}

const std::vector<CapabilityName>& CapabilityNames() {
  static const auto* names = new std::vector<CapabilityName>{
      {"account.connect_token", "connect with a token"},
      {"account.connect_oauth", "connect by OAuth"},
      {"account.read_profile", "read the profile"},
      {"account.update_profile", "change the profile"},
      {"publish.text", "text with links, mentions and hashtags"},
      {"publish.link_card", "a card of a link"},
      {"publish.image", "images with alt text"},
      {"publish.video", "video"},
      {"publish.thread", "threads"},
      {"publish.first_comment", "a first comment"},
      {"publish.poll", "polls"},
      {"publish.quote", "quotes of other posts"},
      {"publish.content_warning", "content warnings"},
      {"publish.visibility", "visibility"},
      {"publish.reply_settings", "who may reply"},
      {"publish.edit", "edit a published post"},
      {"publish.delete", "delete a published post"},
      {"engage.reply", "answer comments, replies and mentions"},
      {"engage.like", "like"},
      {"engage.repost", "repost"},
      {"engage.hide_reply", "hide a reply"},
      {"inbox.mentions", "read mentions"},
      {"inbox.replies", "read comments and replies"},
      {"inbox.messages", "read direct messages"},
      {"inbox.answer_message", "answer direct messages"},
      {"metrics.post", "counts of each post"},
      {"metrics.account", "counts of the account"},
      {"metrics.impressions", "impressions and link clicks"},
      {"stream.account", "what happens to the account, pushed"},
      {"stream.keywords", "posts of others by keyword, pushed"},
      {"search.posts", "posts of others by keyword, asked for"},
  };
  return *names;
}

}  // namespace carillon::platform
