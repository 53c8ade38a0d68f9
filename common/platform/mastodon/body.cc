#include "common/platform/mastodon/body.h"

#include "common/platform/mastodon/text.h"

namespace carillon::mastodon {
namespace {

platform::Json PollOf(const platform::Poll& poll) {
  return {{"options", poll.options},
          {"expires_in", absl::ToInt64Seconds(poll.duration)},
          {"multiple", poll.multiple},
          {"hide_totals", poll.hide_totals}};
}

}  // namespace

platform::Json StatusBody(const platform::PublishContent& content, const std::vector<std::string>& media_handles) {
  platform::Json body = {{"status", StatusText(content)}};
  if (!content.content_warning.empty()) body["spoiler_text"] = content.content_warning;
  // What has no words of its own is at least not shown at once.
  if (!content.content_labels.empty()) body["sensitive"] = true;
  if (content.poll) body["poll"] = PollOf(*content.poll);
  if (!media_handles.empty()) body["media_ids"] = media_handles;
  if (!content.language.empty()) body["language"] = content.language;
  return body;
}

}  // namespace carillon::mastodon
