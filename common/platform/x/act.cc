#include "common/platform/x/act.h"

#include <fmt/format.h>

#include "common/platform/act.h"
#include "common/platform/json.h"
#include "common/platform/x/errors.h"
#include "common/platform/x/problem.h"

namespace carillon::x {
namespace {

using platform::Action;
using platform::Json;
using Kind = platform::PublishOutcome::Kind;

// What `data` calls it.
const char* MemberOf(Action action) {
  switch (action) {
    case Action::kDelete: return "deleted";
    case Action::kLike:
    case Action::kUnlike: return "liked";
    case Action::kRepost:
    case Action::kUnrepost: return "retweeted";
    default: return "hidden";
  }
}

http::HttpRequest Delete(const Access& access, std::string_view path) {
  return MakeRequest(access, "DELETE", path);
}

}  // namespace

Result<http::HttpRequest> MakeAct(const platform::ActRequest& request, const Access& access) {
  const std::string& post = request.target_remote_id;
  const std::string& account = request.access.remote_account_id;
  if (!IsId(post) || !IsId(account)) {
    return Refuse(Code::kInvalidArgument, "REMOTE_REFUSED", fmt::format("'{}' is no post's id on X", post));
  }
  http::HttpRequest out;
  switch (request.action) {
    case Action::kDelete:
      out = Delete(access, "/2/tweets/" + post);
      break;
    case Action::kLike:
    case Action::kRepost:
      out = MakeJsonRequest(access,
                            fmt::format("/2/users/{}/{}", account, request.action == Action::kLike ? "likes" : "retweets"),
                            {{"tweet_id", post}});
      break;
    case Action::kUnlike:
      out = Delete(access, fmt::format("/2/users/{}/likes/{}", account, post));
      break;
    case Action::kUnrepost:
      out = Delete(access, fmt::format("/2/users/{}/retweets/{}", account, post));
      break;
    case Action::kHide:
    case Action::kUnhide:
      out = MakeJsonRequest(access, fmt::format("/2/tweets/{}/hidden", post), {{"hidden", request.action == Action::kHide}});
      out.method = "PUT";
      break;
    case Action::kEdit:
      return Refuse(Code::kFailedPrecondition, "NOT_OFFERED", "an edit on X is more than one request");  // edit.h
  }
  out.has_effect = true;
  out.before_first_byte = request.may_send;
  out.deadline = request.timeout;
  return out;
}

platform::PublishOutcome ClassifyAct(const http::HttpOutcome& outcome, const platform::ActRequest& request,
                                     const Access& access, absl::Time now) {
  platform::PublishOutcome out = ClassifyPublish(outcome, access, now);
  if (!outcome.ok()) return out;
  const http::HttpResponse& response = *outcome.response;
  if (!response.ok()) {
    const bool gone = out.kind == Kind::kRefused && (response.status == 404 || response.status == 410);
    if (gone && platform::IsSoWithoutThePost(request.action)) return platform::Done(std::move(out), request);
    return out;
  }
  const std::optional<Json> body = platform::ParseJson(response.body);
  const Json data = body ? platform::GetMember(*body, "data") : Json();
  const Json& said = platform::GetMember(data, MemberOf(request.action));
  if (said.is_boolean() && said.get<bool>() != platform::TakesBack(request.action)) {
    return platform::Done(std::move(out), request);
  }
  out.kind = Kind::kUnknown;
  out.remote_id.clear();
  out.remote_url.clear();
  out.error = DescribeResponse(response, access.base_url, access.token) + ", which does not say that it was done";
  return out;
}

}  // namespace carillon::x
