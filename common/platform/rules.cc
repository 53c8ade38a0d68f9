#include "common/platform/rules.h"

#include <fmt/format.h>

#include <map>

#include "common/platform/bluesky/capabilities.h"
#include "common/platform/bluesky/validate.h"
#include "common/platform/capability.h"
#include "common/platform/mastodon/capabilities.h"
#include "common/platform/mastodon/validate.h"
#include "common/platform/x/capabilities.h"
#include "common/platform/x/validate.h"

namespace carillon::platform {
namespace {

struct Rules {
  Status (*validate)(const PublishContent&, const PlatformLimits&);
  const std::vector<Capability>& (*capabilities)();
};

// One line for each platform.
const Rules* FindRules(std::string_view platform) {
  static const std::map<std::string_view, Rules> all = {
      {"bluesky", {bluesky::ValidateContent, bluesky::Capabilities}},
      {"mastodon", {mastodon::ValidateContent, mastodon::Capabilities}},
      {"x", {x::ValidateContent, x::Capabilities}},
  };
  const auto found = all.find(platform);
  return found == all.end() ? nullptr : &found->second;
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
  return out;
}

Status CheckForAccount(const publisher::v1::Content& content, const publisher::v1::Account& account) {
  const Rules* rules = FindRules(account.platform());
  if (rules == nullptr || account.limits().text_characters_max() <= 0) return Ok();
  const Status status = rules->validate(ContentOf(content), LimitsOf(account.limits()));
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
