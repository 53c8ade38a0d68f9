#include "common/platform/mastodon/act.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/platform/act.h"
#include "common/platform/mastodon/body.h"
#include "common/platform/mastodon/errors.h"
#include "common/platform/mastodon/headers.h"
#include "common/platform/redact.h"

namespace carillon::mastodon {
namespace {

using platform::Action;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

Access AccessOf(const platform::ActRequest& request) {
  return {request.access.base_url, request.access.access_token};
}

const char* VerbOf(Action action) {
  switch (action) {
    case Action::kLike: return "/favourite";
    case Action::kUnlike: return "/unfavourite";
    case Action::kRepost: return "/reblog";
    case Action::kUnrepost: return "/unreblog";
    default: return "";
  }
}

// The status is what this says: a poll, media or a content warning that is not named is taken away.
std::string EditBody(const platform::ActRequest& request, const BeforeEdit& before) {
  platform::PublishContent content = request.content;
  if (!before.has_poll) content.poll.reset();
  // Its end is counted from the edit on, and stays where it was.
  if (content.poll && before.poll_left) {
    content.poll->duration = std::min(content.poll->duration, absl::Ceil(*before.poll_left, absl::Seconds(1)));
  }
  Json body = StatusBody(content, request.media_handles);
  if (before.sensitive) body["sensitive"] = true;
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The member is there and says something else.
bool Denies(const Json& status, const char* member, bool wanted) {
  const Json& value = platform::GetMember(status, member);
  return value.is_boolean() && value.get<bool>() != wanted;
}

bool Bears(const Json& status, const platform::ActRequest& request) {
  if (!status.is_object()) return false;
  const bool on = !platform::TakesBack(request.action);
  switch (request.action) {
    // Pleroma answers {}.
    case Action::kDelete: return platform::GetText(status, "error").empty();
    case Action::kEdit: return platform::GetId(status, "id") == request.target_remote_id;
    case Action::kLike:
    case Action::kUnlike:
      return platform::GetId(status, "id") == request.target_remote_id && !Denies(status, "favourited", on);
    default: {  // the answer to a reblog is the reblog, with an id of its own and the post in it
      const Json& post = platform::GetMember(status, "reblog");
      return !platform::GetId(status, "id").empty() && !Denies(post.is_object() ? post : status, "reblogged", on);
    }
  }
}

}  // namespace

std::string StatusPath(std::string_view id) { return "/api/v1/statuses/" + PathSegment(id); }

BeforeEdit ReadBeforeEdit(const Answer& answer, absl::Time now) {
  BeforeEdit before;
  before.sensitive = platform::GetBool(answer.body, "sensitive");
  const Json& poll = platform::GetMember(answer.body, "poll");
  before.has_poll = poll.is_object();
  const std::optional<absl::Time> ends_at = ParseTime(platform::GetText(poll, "expires_at"));
  if (ends_at) before.poll_left = *ends_at - ServerTime(answer.headers).value_or(now);
  return before;
}

std::optional<http::HttpRequest> MakeAct(const platform::ActRequest& request, const BeforeEdit& before) {
  if (request.action == Action::kHide || request.action == Action::kUnhide) return std::nullopt;
  const bool is_delete = request.action == Action::kDelete, is_edit = request.action == Action::kEdit;
  http::HttpRequest out =
      MakeRequest(AccessOf(request), is_delete ? "DELETE" : is_edit ? "PUT" : "POST",
                  StatusPath(request.target_remote_id) + VerbOf(request.action));
  if (is_edit) {
    out.body = EditBody(request, before);
    out.content_type = "application/json";
  }
  out.has_effect = true;
  out.before_first_byte = request.may_send;
  out.deadline = request.timeout;
  return out;
}

platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome,
                                     const platform::ActRequest& request, absl::Time now) {
  const Access access = AccessOf(request);
  platform::PublishOutcome out = ClassifyPublish(outcome, access, now);
  if (!outcome.ok()) return out;
  const http::HttpResponse& response = *outcome.response;
  if (!response.ok()) {
    const bool gone = out.kind == Kind::kRefused && (response.status == 404 || response.status == 410);
    if (gone && platform::IsSoWithoutThePost(request.action)) return platform::Done(std::move(out), request);
    if (out.error_class == platform::ErrorClass::kDuplicate) return platform::Done(std::move(out), request);
    return out;
  }
  const std::optional<Json> body = platform::ParseJson(response.body);
  if (body && Bears(*body, request)) return platform::Done(std::move(out), request);
  out.kind = Kind::kUnknown;
  out.remote_id.clear();
  out.remote_url.clear();
  out.error = fmt::format("{} from {}, which does not say that it was done", response.status,
                          platform::HostOf(access.base_url));
  return out;
}

}  // namespace carillon::mastodon
