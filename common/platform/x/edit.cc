#include "common/platform/x/edit.h"

#include <fmt/format.h>

#include "common/platform/act.h"
#include "common/platform/error_class.h"
#include "common/platform/json.h"
#include "common/platform/outcome.h"
#include "common/platform/x/errors.h"
#include "common/platform/x/headers.h"
#include "common/platform/x/match.h"
#include "common/platform/x/post.h"
#include "common/platform/x/post_view.h"
#include "common/platform/x/warnings.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::Json;
using platform::PublishOutcome;
using Kind = platform::PublishOutcome::Kind;

// The latest version of a post.
struct Version {
  PostView post;
  std::string latest_id;
  std::string why_not;  // it can be edited no more
};

class Editor {
 public:
  Editor(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& access,
         const platform::ActRequest& request)
      : client_(client),
        clock_(clock),
        facts_(facts),
        access_(access),
        request_(request),
        end_(clock.BootTime() + request.timeout),
        wanted_(MakeWanted(request.content, absl::InfinitePast(), {})) {}

  PublishOutcome Run() {
    const Result<Version> version = Latest();
    if (!version.ok()) return platform::RefusedBefore(version.status());
    if (SaysIt(*version)) return DoneBy(version->latest_id);
    if (!version->why_not.empty()) return Refused(platform::ErrorClass::kPermanent, version->why_not);
    const Status marked = MarkMedia(client_, clock_, access_, request_.content, request_.media_handles, end_ - clock_.BootTime());
    if (!marked.ok()) return platform::RefusedBefore(marked);
    Json body = MakePost(request_.content, request_.media_handles);
    body["edit_options"] = {{"previous_post_id", version->latest_id}};
    http::HttpRequest http = MakeJsonRequest(access_, "/2/tweets", body);
    http.has_effect = true;
    http.before_first_byte = request_.may_send;
    http.deadline = end_ - clock_.BootTime();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("no time left to edit");
    PublishOutcome out = ClassifyPublish(client_.Send(http), access_, clock_.Now());
    if (out.kind != Kind::kRefused || out.error_class != platform::ErrorClass::kDuplicate) return out;
    return OfDuplicate(std::move(out));
  }

 private:
  Result<Version> Latest() {
    ASSIGN_OR_RETURN(Json post, Read(request_.target_remote_id));
    const Json& history = GetMember(post, "edit_history_post_ids").is_array() ? GetMember(post, "edit_history_post_ids")
                                                                            : GetMember(post, "edit_history_tweet_ids");
    std::string latest = request_.target_remote_id;
    for (const Json& id : history.is_array() ? history : Json::array()) {
      const std::string text = id.is_string() ? id.get<std::string>() : "";
      if (IsId(text) && IdLess(latest, text)) latest = text;
    }
    if (latest != request_.target_remote_id) {
      ASSIGN_OR_RETURN(post, Read(latest));
    }
    Version version;
    ASSIGN_OR_RETURN(version.post, ReadPost(post, facts_));
    version.latest_id = std::move(latest);
    version.why_not = WhyNot(GetMember(post, "edit_controls"));
    return version;
  }

  Result<Json> Read(const std::string& id) {
    const http::FormFields query = {{"ids", id}, {"post.fields", PostFields() + ",edit_controls"}};
    ASSIGN_OR_RETURN(const Answer answer, Get(client_, clock_, access_, "/2/tweets", query, end_ - clock_.BootTime()));
    const Json& data = GetMember(answer.body, "data");
    if (data.is_array() && data.size() == 1) return data.front();
    return Refuse(Code::kNotFound, "REMOTE_NOT_FOUND", fmt::format("X does not show the post {}", id));
  }

  // What X does not say is left to its answer.
  std::string WhyNot(const Json& controls) const {
    const Json& eligible = GetMember(controls, "is_edit_eligible");
    if (eligible.is_boolean() && !eligible.get<bool>()) {
      return "X lets this post not be edited: it has a poll, answers somebody else, or the account may not edit (X Premium)";
    }
    const Json& remaining = GetMember(controls, "edits_remaining");
    if (remaining.is_number_integer() && remaining.get<int64_t>() <= 0) return "X lets a post be edited so often and no more";
    const std::optional<absl::Time> until = ParseTime(platform::GetText(controls, "editable_until"));
    if (until && clock_.Now() > *until + kClockSkewMax) {
      return fmt::format("X let this post be edited until {}", Rfc3339(*until));
    }
    return "";
  }

  bool SaysIt(const Version& version) const {
    const PostView shown = wanted_.quoted_id.empty() ? version.post : WithoutQuoteLink(version.post);
    return MatchText(shown, wanted_.text, !wanted_.reply_to_id.empty()) == Match::kYes;
  }

  // An earlier request of ours may have come through in the meantime; else it is another post of the account that says the same.
  PublishOutcome OfDuplicate(PublishOutcome refused) {
    const Result<Version> now = Latest();
    if (now.ok() && SaysIt(*now)) return DoneBy(now->latest_id);
    if (!now.ok()) {
      refused.kind = Kind::kUnknown;
      return refused;
    }
    refused.error_class = platform::ErrorClass::kInvalidContent;
    return refused;
  }

  PublishOutcome DoneBy(const std::string& id) const {
    PublishOutcome out = platform::Done({}, request_);
    out.remote_id = id;
    out.remote_url = PostUrl(id);
    return out;
  }

  static PublishOutcome Refused(platform::ErrorClass error_class, std::string error) {
    PublishOutcome out;
    out.kind = Kind::kRefused;
    out.error_class = error_class;
    out.error = std::move(error);
    return out;
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
  const Access& access_;
  const platform::ActRequest& request_;
  const absl::Duration end_;  // boot time
  const Wanted wanted_;
};

}  // namespace

PublishOutcome Edit(http::HttpClient& client, const Clock& clock, const platform::Facts& facts, const Access& access,
                    const platform::ActRequest& request) {
  return Editor(client, clock, facts, access, request).Run();
}

}  // namespace carillon::x
