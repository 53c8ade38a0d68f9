#include "common/platform/rules.h"

#include <fmt/format.h>

#include <map>

#include "common/base/utf8.h"
#include "common/platform/bluesky/capabilities.h"
#include "common/platform/bluesky/validate.h"
#include "common/platform/capability.h"
#include "common/platform/mastodon/capabilities.h"
#include "common/platform/mastodon/quote.h"
#include "common/platform/mastodon/validate.h"
#include "common/platform/x/capabilities.h"
#include "common/platform/x/validate.h"

namespace carillon::platform {
namespace {

struct Rules {
  Status (*validate)(const PublishContent&, const PlatformLimits&) = nullptr;
  const std::vector<Capability>& (*capabilities)() = nullptr;
  // Where a post has another id on each server: whether the one that is quoted is on the account's.
  Status (*check_quoted)(std::string_view quoted, std::string_view base_url) = nullptr;
};

// One line for each platform.
const Rules* FindRules(std::string_view platform) {
  static const std::map<std::string_view, Rules> all = {
      {"bluesky", {bluesky::ValidateContent, bluesky::Capabilities}},
      {"mastodon", {mastodon::ValidateContent, mastodon::Capabilities, mastodon::CheckQuoted}},
      {"x", {x::ValidateContent, x::Capabilities}},
  };
  const auto found = all.find(platform);
  return found == all.end() ? nullptr : &found->second;
}

std::string VisibilityOf(publisher::v1::Visibility visibility) {
  switch (visibility) {
    case publisher::v1::VISIBILITY_PUBLIC: return "public";
    case publisher::v1::VISIBILITY_UNLISTED: return "unlisted";
    case publisher::v1::VISIBILITY_PRIVATE: return "private";
    case publisher::v1::VISIBILITY_DIRECT: return "direct";
    case publisher::v1::VISIBILITY_UNSPECIFIED: return "";
    default: return "of-a-newer-version";  // refused by every platform, never posted wider than it was meant
  }
}

std::string LabelOf(int label) {
  switch (label) {
    case publisher::v1::CONTENT_LABEL_SEXUAL: return "sexual";
    case publisher::v1::CONTENT_LABEL_NUDITY: return "nudity";
    case publisher::v1::CONTENT_LABEL_PORN: return "porn";
    case publisher::v1::CONTENT_LABEL_GRAPHIC_MEDIA: return "graphic-media";
    default: return "of-a-newer-version";
  }
}

Poll PollOf(const publisher::v1::Poll& poll) {
  return {.options = {poll.options().begin(), poll.options().end()},
          .multiple = poll.multiple(),
          .hide_totals = poll.hide_totals(),
          .duration = absl::Seconds(poll.duration_s())};
}

// A group that this version does not know lets nobody in.
std::vector<ReplyGroup> GroupsOf(const publisher::v1::ReplySettings& settings) {
  std::vector<ReplyGroup> out;
  for (const int group : settings.groups()) {
    switch (group) {
      case publisher::v1::REPLY_GROUP_MENTIONED: out.push_back(ReplyGroup::kMentioned); break;
      case publisher::v1::REPLY_GROUP_FOLLOWERS: out.push_back(ReplyGroup::kFollowers); break;
      case publisher::v1::REPLY_GROUP_FOLLOWING: out.push_back(ReplyGroup::kFollowing); break;
      case publisher::v1::REPLY_GROUP_SUBSCRIBERS: out.push_back(ReplyGroup::kSubscribers); break;
      case publisher::v1::REPLY_GROUP_VERIFIED: out.push_back(ReplyGroup::kVerified); break;
      default: break;
    }
  }
  return out;
}

std::string_view CapabilityOf(publisher::v1::ActionKind action) {
  switch (action) {
    case publisher::v1::ACTION_KIND_DELETE: return "publish.delete";
    case publisher::v1::ACTION_KIND_EDIT: return "publish.edit";
    case publisher::v1::ACTION_KIND_LIKE:
    case publisher::v1::ACTION_KIND_UNLIKE: return "engage.like";
    case publisher::v1::ACTION_KIND_REPOST:
    case publisher::v1::ACTION_KIND_UNREPOST: return "engage.repost";
    case publisher::v1::ACTION_KIND_HIDE:
    case publisher::v1::ACTION_KIND_UNHIDE: return "engage.hide_reply";
    case publisher::v1::ACTION_KIND_SET_PROFILE: return "account.update_profile";
    default: return "";
  }
}

}  // namespace

PlatformLimits LimitsOf(const publisher::v1::AccountLimits& limits) {
  PlatformLimits out;
  out.text_characters_max = limits.text_characters_max();
  out.url_characters = limits.url_characters();
  out.media_count_max = limits.media_count_max();
  out.alt_characters_max = limits.alt_characters_max();
  out.image_bytes_max = limits.image_bytes_max();
  out.video_bytes_max = limits.video_bytes_max();
  out.mime_types.assign(limits.mime_types().begin(), limits.mime_types().end());
  out.idempotency_window = absl::Seconds(limits.idempotency_window_s());
  out.poll_options_max = limits.poll_options_max();
  out.poll_option_characters_max = limits.poll_option_characters_max();
  out.poll_duration_min = absl::Seconds(limits.poll_duration_min_s());
  out.poll_duration_max = absl::Seconds(limits.poll_duration_max_s());
  out.quotes = limits.quotes();
  return out;
}

publisher::v1::AccountLimits ToProto(const PlatformLimits& limits) {
  publisher::v1::AccountLimits out;
  out.set_text_characters_max(limits.text_characters_max);
  out.set_url_characters(limits.url_characters);
  out.set_media_count_max(limits.media_count_max);
  out.set_alt_characters_max(limits.alt_characters_max);
  out.set_image_bytes_max(limits.image_bytes_max);
  out.set_video_bytes_max(limits.video_bytes_max);
  for (const std::string& type : limits.mime_types) out.add_mime_types(type);
  out.set_idempotency_window_s(absl::ToInt64Seconds(limits.idempotency_window));
  out.set_poll_options_max(limits.poll_options_max);
  out.set_poll_option_characters_max(limits.poll_option_characters_max);
  out.set_poll_duration_min_s(absl::ToInt64Seconds(limits.poll_duration_min));
  out.set_poll_duration_max_s(absl::ToInt64Seconds(limits.poll_duration_max));
  out.set_quotes(limits.quotes);
  return out;
}

PublishContent ContentOf(const publisher::v1::Content& content) {
  PublishContent out;
  out.text = content.text();
  out.link = content.link();
  out.in_reply_to_remote_id = content.in_reply_to_remote_id();
  out.language = content.language();
  out.conversation_remote_id = content.conversation_remote_id();
  for (const publisher::v1::Media& media : content.media()) {
    out.media.push_back({.mime_type = media.mime_type(), .alt_text = media.alt_text(), .size_bytes = media.size_bytes()});
  }
  out.visibility = VisibilityOf(content.visibility());
  out.content_warning = content.content_warning();
  for (const int label : content.content_labels()) out.content_labels.push_back(LabelOf(label));
  if (content.has_poll()) out.poll = PollOf(content.poll());
  out.quoted_remote_id = content.quoted_remote_id();
  if (content.has_reply_settings()) out.reply_groups = GroupsOf(content.reply_settings());
  return out;
}

publisher::v1::Visibility VisibilityNamed(std::string_view name) {
  for (const auto one : {publisher::v1::VISIBILITY_PUBLIC, publisher::v1::VISIBILITY_UNLISTED, publisher::v1::VISIBILITY_PRIVATE,
                         publisher::v1::VISIBILITY_DIRECT}) {
    if (VisibilityOf(one) == name) return one;
  }
  return publisher::v1::VISIBILITY_UNSPECIFIED;
}

ProfileChange ProfileChangeOf(const publisher::v1::ProfileChange& change) {
  const auto picture = [](const publisher::v1::Media& media) {
    return MediaItem{.mime_type = media.mime_type(), .size_bytes = media.size_bytes()};
  };
  ProfileChange out;
  if (change.has_display_name()) out.display_name = change.display_name();
  if (change.has_bio()) out.bio = change.bio();
  if (change.has_avatar()) out.avatar = picture(change.avatar());
  if (change.has_header()) out.header = picture(change.header());
  for (const publisher::v1::ProfileField& field : change.fields()) out.fields.push_back({field.name(), field.value()});
  return out;
}

publisher::v1::Profile ToProto(const Profile& profile) {
  publisher::v1::Profile out;
  out.set_username(ReplaceBrokenUtf8(profile.username));
  out.set_profile_url(ReplaceBrokenUtf8(profile.profile_url));
  out.set_display_name(ReplaceBrokenUtf8(profile.display_name));
  out.set_bio(ReplaceBrokenUtf8(profile.bio));
  out.set_avatar_url(ReplaceBrokenUtf8(profile.avatar_url));
  out.set_header_url(ReplaceBrokenUtf8(profile.header_url));
  for (const ProfileField& field : profile.fields) {
    publisher::v1::ProfileField& one = *out.add_fields();
    one.set_name(ReplaceBrokenUtf8(field.name));
    one.set_value(ReplaceBrokenUtf8(field.value));
  }
  out.set_followers(profile.followers);
  out.set_following(profile.following);
  out.set_posts(profile.posts);
  return out;
}

Status CheckForAccount(const publisher::v1::Content& content, const publisher::v1::Account& account) {
  const Rules* rules = FindRules(account.platform());
  if (rules == nullptr || account.limits().text_characters_max() <= 0) return Ok();
  Status status = rules->validate(ContentOf(content), LimitsOf(account.limits()));
  if (status.ok() && rules->check_quoted != nullptr) {
    status = rules->check_quoted(content.quoted_remote_id(), account.base_url());
  }
  if (status.ok()) return Ok();
  const std::string& name = account.username().empty() ? account.id() : account.username();
  std::map<std::string, std::string> params;
  if (const auto info = GetErrorInfo(status)) params = info->params;
  params["account"] = account.id();
  return Refuse(status.code(), ReasonOf(status), fmt::format("{}: {}", name, Message(status)), std::move(params));
}

Status CheckAction(publisher::v1::ActionKind action, const publisher::v1::Account& account) {
  const Rules* rules = FindRules(account.platform());
  if (rules == nullptr) return Ok();
  for (const Capability& capability : rules->capabilities()) {
    if (capability.name != CapabilityOf(action)) continue;
    if (capability.support == Support::kWorks || capability.support == Support::kNeedsApproval) return Ok();
    const std::string& name = account.username().empty() ? account.id() : account.username();
    return Refuse(Code::kFailedPrecondition, "NOT_OFFERED",
                  fmt::format("{}: {} on {} ({})", name, SupportName(capability.support), account.platform(), capability.source),
                  {{"account", account.id()}, {"platform", account.platform()}});
  }
  return Ok();
}

}  // namespace carillon::platform
