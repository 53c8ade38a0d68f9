#include "common/platform/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/text/utf8.h"

namespace carillon::platform {
namespace {

Status BadPoll(const std::string& message) { return Refuse(Code::kInvalidArgument, "BAD_POLL", message); }

std::vector<std::string_view> FormsOf(const PublishContent& content) {
  std::vector<std::string_view> out;
  // A post that is for everybody is so everywhere.
  if (!content.visibility.empty() && content.visibility != "public") out.push_back("publish.visibility");
  if (!content.content_warning.empty() || !content.content_labels.empty()) out.push_back("publish.content_warning");
  if (content.poll) out.push_back("publish.poll");
  if (!content.quoted_remote_id.empty()) out.push_back("publish.quote");
  if (content.reply_groups) out.push_back("publish.reply_settings");
  return out;
}

std::string_view WhatOf(std::string_view capability) {
  for (const CapabilityName& known : CapabilityNames()) {
    if (known.name == capability) return known.what;
  }
  return capability;
}

Status Refused(const Capability& capability, std::string_view name) {
  const std::string_view what = WhatOf(capability.name);
  const bool offered = capability.support != Support::kNotOffered;
  std::string message = offered ? fmt::format("Carillon does not do this on {} yet: {}", name, what)
                                : fmt::format("{} does not offer this: {}", name, what);
  if (!capability.source.empty()) message += fmt::format(" ({})", capability.source);
  return Refuse(Code::kInvalidArgument, offered ? "NOT_BUILT" : "NOT_OFFERED",
                message + "; leave it out, or give this account a post of its own",
                {{"capability", std::string(capability.name)}});
}

template <typename T>
T OrUsual(T said, T usual) {
  return said > T() ? said : usual;
}

Status CheckOptions(const Poll& poll, int options_max, int characters_max, int64_t (*count_characters)(std::string_view)) {
  const auto count = static_cast<int>(poll.options.size());
  if (count < 2) return BadPoll(fmt::format("the poll has {} options, it needs 2 or more", count));
  if (count > options_max) {
    return BadPoll(fmt::format("the poll has {} options, {} are allowed", count, options_max));
  }
  std::set<std::string> seen;
  for (const std::string& option : poll.options) {
    if (!text::IsValidUtf8(option)) return Refuse(Code::kInvalidArgument, "INVALID_UTF8", "an option of the poll is not UTF-8");
    if (text::CollapseSpace(option).empty()) return BadPoll("an option of the poll is empty");
    const int64_t length = count_characters(option);
    if (length > characters_max) {
      return BadPoll(fmt::format("the poll's option '{}' has {} characters, {} are allowed: shorten it", option, length,
                                 characters_max));
    }
    if (!seen.insert(option).second) return BadPoll(fmt::format("the poll has the option '{}' twice", option));
  }
  return Ok();
}

}  // namespace

Status CheckForms(const PublishContent& content, std::string_view name, const std::vector<Capability>& capabilities) {
  for (const std::string_view form : FormsOf(content)) {
    const auto found = std::find_if(capabilities.begin(), capabilities.end(),
                                    [&](const Capability& capability) { return capability.name == form; });
    if (found == capabilities.end()) continue;
    if (found->support == Support::kNotOffered || found->support == Support::kNotBuilt) return Refused(*found, name);
  }
  return Ok();
}

Status CheckPoll(const PublishContent& content, const PlatformLimits& limits, const PlatformLimits& usual,
                 int64_t (*count_characters)(std::string_view)) {
  if (!content.poll) return Ok();
  const Poll& poll = *content.poll;
  RETURN_IF_ERROR(CheckOptions(poll, OrUsual(limits.poll_options_max, usual.poll_options_max),
                               OrUsual(limits.poll_option_characters_max, usual.poll_option_characters_max),
                               count_characters));
  const absl::Duration min = OrUsual(limits.poll_duration_min, usual.poll_duration_min);
  const absl::Duration max = OrUsual(limits.poll_duration_max, usual.poll_duration_max);
  if (poll.duration < min || poll.duration > max) {
    return BadPoll(fmt::format("the poll is open for {}; {} to {} are allowed", absl::FormatDuration(poll.duration),
                               absl::FormatDuration(min), absl::FormatDuration(max)));
  }
  if (!content.media.empty()) return BadPoll("a post has a poll or media, not both");
  if (text::CollapseSpace(content.text).empty() && content.link.empty()) {
    return BadPoll("a poll needs a text: its question");
  }
  return Ok();
}

}  // namespace carillon::platform
