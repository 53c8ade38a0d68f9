#include "common/platform/bluesky/profile.h"

#include <fmt/format.h>

#include "common/bluesky_text/length.h"
#include "common/platform/bluesky/blob.h"
#include "common/platform/bluesky/errors.h"
#include "common/platform/outcome.h"
#include "common/platform/profile.h"
#include "common/platform/redact.h"

namespace carillon::bluesky {
namespace {

using platform::GetMember;
using platform::GetText;
using platform::Json;

constexpr char kCollection[] = "app.bsky.actor.profile";
constexpr char kKey[] = "self";

Status CheckText(std::string_view what, const std::string& text, int64_t bytes_max, int64_t graphemes_max) {
  // Bytes first: a text of many megabytes is not worth counting.
  RETURN_IF_ERROR(platform::CheckLength(what, static_cast<int64_t>(text.size()), bytes_max, "bytes"));
  return platform::CheckLength(what, bluesky_text::Measure(text).graphemes, graphemes_max, "characters");
}

// Named: what it is to be; "" takes it away.
void SetText(const std::optional<std::string>& wished, const char* member, Json& record) {
  if (!wished) return;
  if (wished->empty()) {
    record.erase(member);
  } else {
    record[member] = *wished;
  }
}

class Setter {
 public:
  Setter(http::HttpClient& client, const Clock& clock, const platform::SetProfileRequest& request, const std::string& did,
         const Access& access)
      : client_(client), clock_(clock), request_(request), did_(did), access_(access), end_(clock.BootTime() + request.timeout) {}

  platform::PublishOutcome Run() {
    Json wished = Json::object();
    if (const Status uploaded = Upload(wished); !uploaded.ok()) return platform::RefusedBefore(uploaded);
    const auto found = Query(client_, clock_, access_, "com.atproto.repo.getRecord",
                             {{"repo", did_}, {"collection", kCollection}, {"rkey", kKey}}, Left());
    const bool none = ReasonOf(found.status()) == "RECORD_NOT_FOUND";
    if (!found.ok() && !none) return platform::RefusedBefore(found.status());
    const Json present = none ? Json() : GetMember(*found, "value");
    const std::string cid = none ? "" : GetText(*found, "cid");
    if (!none && (!present.is_object() || cid.empty())) {
      return platform::RefusedBefore(MakeStatus(Code::kUnavailable, "the server did not say which profile it has"));
    }
    Json record = none ? Json{{"$type", kCollection}} : present;
    SetText(request_.change.display_name, "displayName", record);
    SetText(request_.change.bio, "description", record);
    record.update(wished);
    if (!none && record == present) return platform::ProfileIsSo({}, request_);
    return Put(std::move(record), none ? Json() : Json(cid));
  }

 private:
  absl::Duration Left() const { return end_ - clock_.BootTime(); }

  Status Upload(Json& wished) {
    const platform::ProfileChange& change = request_.change;
    if (change.avatar) {
      ASSIGN_OR_RETURN(wished["avatar"], UploadBlob(client_, clock_, access_, {.item = *change.avatar, .timeout = Left()}));
    }
    if (change.header) {
      ASSIGN_OR_RETURN(wished["banner"], UploadBlob(client_, clock_, access_, {.item = *change.header, .timeout = Left()}));
    }
    return Ok();
  }

  platform::PublishOutcome Put(Json record, Json swap) {
    http::HttpRequest http = MakeProcedure(access_, "com.atproto.repo.putRecord",
                                           {{"repo", did_},
                                            {"collection", kCollection},
                                            {"rkey", kKey},
                                            {"record", std::move(record)},
                                            {"swapRecord", std::move(swap)}});
    http.has_effect = true;
    http.before_first_byte = request_.may_send;
    http.deadline = Left();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("uploading and reading the profile took all the time");
    return ClassifyProfile(client_.Send(http), request_, access_, clock_.Now());
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::SetProfileRequest& request_;
  const std::string& did_;
  const Access& access_;
  const absl::Duration end_;
};

}  // namespace

Result<platform::Profile> ReadProfile(http::HttpClient& client, const Clock& clock, const Access& access, const std::string& did,
                                      absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Json view, Query(client, clock, access, "app.bsky.actor.getProfile", {{"actor", did}}, timeout));
  if (GetText(view, "did") != did) {
    return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe the account {}", platform::HostOf(access.base_url), did));
  }
  const std::string handle = GetText(view, "handle");
  return platform::Profile{.username = handle,
                           .profile_url = "https://bsky.app/profile/" + handle,
                           .display_name = GetText(view, "displayName"),
                           .bio = GetText(view, "description"),
                           .avatar_url = GetText(view, "avatar"),
                           .header_url = GetText(view, "banner"),
                           .followers = platform::GetCount(view, "followersCount"),
                           .following = platform::GetCount(view, "followsCount"),
                           .posts = platform::GetCount(view, "postsCount")};
}

Status CheckProfile(const platform::ProfileChange& change, const platform::Facts& facts) {
  RETURN_IF_ERROR(platform::CheckChange(change));
  if (!change.fields.empty()) {
    return Refuse(Code::kInvalidArgument, "NOT_OFFERED", "a profile on Bluesky has no fields; write it into the bio");
  }
  if (change.display_name) {
    RETURN_IF_ERROR(CheckText("display name", *change.display_name, facts.Number("profile.name_bytes_max"),
                              facts.Number("profile.name_graphemes_max")));
  }
  if (change.bio) {
    RETURN_IF_ERROR(CheckText("bio", *change.bio, facts.Number("profile.bio_bytes_max"), facts.Number("profile.bio_graphemes_max")));
  }
  return platform::CheckPictures(change, "Bluesky", facts);
}

platform::PublishOutcome SetProfile(http::HttpClient& client, const Clock& clock, const platform::SetProfileRequest& request,
                                    const std::string& did, const Access& access) {
  return Setter(client, clock, request, did, access).Run();
}

platform::PublishOutcome ClassifyProfile(const http::HttpOutcome& outcome, const platform::SetProfileRequest& request,
                                         const Access& access, absl::Time now) {
  platform::PublishOutcome out = ClassifyPublish(outcome, access, now);
  if (out.kind == platform::PublishOutcome::Kind::kPublished) return platform::ProfileIsSo(std::move(out), request);
  if (out.error_class == platform::ErrorClass::kDuplicate) out.error_class = platform::ErrorClass::kRetryable;
  return out;
}

}  // namespace carillon::bluesky
