#include "common/platform/mastodon/connector.h"
#include "common/platform/redact.h"

#include <absl/time/clock.h>

#include <utility>

#include "common/platform/act.h"
#include "common/platform/charge.h"
#include "common/platform/mastodon/act.h"
#include "common/platform/mastodon/api.h"
#include "common/platform/mastodon/body.h"
#include "common/platform/mastodon/errors.h"
#include "common/platform/mastodon/instance.h"
#include "common/platform/mastodon/lookup.h"
#include "common/platform/mastodon/profile.h"
#include "common/platform/mastodon/quote.h"
#include "common/platform/mastodon/rates.h"
#include "common/platform/mastodon/validate.h"
#include "common/platform/outcome.h"

namespace carillon::mastodon {
namespace {

Access AccessOf(const platform::AccountAccess& access) { return {access.base_url, access.access_token}; }

http::HttpRequest MakePublish(const platform::PublishRequest& request) {
  const platform::PublishContent& content = request.content;
  platform::Json body = StatusBody(content, request.media_handles);
  if (!content.quoted_remote_id.empty()) {
    body["quoted_status_id"] = QuotedId(content.quoted_remote_id, request.access.base_url);
  }
  if (!content.in_reply_to_remote_id.empty()) body["in_reply_to_id"] = content.in_reply_to_remote_id;
  if (!content.visibility.empty()) body["visibility"] = content.visibility;
  if (!content.conversation_remote_id.empty()) body["visibility"] = "direct";
  http::HttpRequest out = MakeRequest(AccessOf(request.access), "POST", "/api/v1/statuses");
  out.headers["Idempotency-Key"] = request.idempotency_key;
  // Text that is not UTF-8 was refused by Validate(); the server gets U+FFFD for what slipped through.
  out.body = body.dump(-1, ' ', false, platform::Json::error_handler_t::replace);
  out.content_type = "application/json";
  out.has_effect = true;
  out.before_first_byte = request.may_send;
  out.deadline = request.timeout;
  return out;
}

constexpr size_t kScopesMax = 100;

class MastodonConnector : public platform::Connector {
 public:
  MastodonConnector(http::HttpClient& client, const Clock& clock, const platform::Facts& facts,
                    ConnectorOptions options)
      : client_(client), clock_(clock), facts_(facts), options_(std::move(options)) {}

  std::string Platform() const override { return "mastodon"; }

  Result<platform::AccountInfo> Verify(const platform::AccountAccess& access, absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    ASSIGN_OR_RETURN(const Answer answer,
                     Get(client_, clock_, AccessOf(access),
                              "/api/v1/accounts/verify_credentials", {}, timeout));
    platform::AccountInfo info;
    info.remote_account_id = platform::GetId(answer.body, "id");
    info.username = FullName(platform::GetText(answer.body, "acct"), access.base_url);
    info.display_name = platform::GetText(answer.body, "display_name");
    info.profile_url = platform::GetText(answer.body, "url");
    if (info.remote_account_id.empty()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} named no account: is this a Mastodon server?",
                                                        platform::HostOf(access.base_url)));
    }
    info.granted_scopes = ScopesOf(access, end - clock_.BootTime());
    return info;
  }

  Result<platform::PlatformLimits> Limits(const platform::AccountAccess& access, absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    http::HttpRequest request = MakeRequest(AccessOf(access), "GET", "/api/v2/instance");
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    bool v1 = outcome.ok() && (outcome.response->status == 404 || outcome.response->status == 405);
    if (!outcome.ok()) return StatusOfFailure(outcome, AccessOf(access));
    std::optional<platform::Json> instance;
    if (v1) {
      ASSIGN_OR_RETURN(Answer answer, Get(client_, clock_, AccessOf(access), "/api/v1/instance",
                                                    {}, end - clock_.BootTime()));
      instance = std::move(answer.body);
    } else {
      RETURN_IF_ERROR(StatusOfResponse(*outcome.response, AccessOf(access), clock_.Now()));
      instance = platform::ParseJson(outcome.response->body);
    }
    if (!instance || !instance->is_object()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe its instance",
                                                        platform::HostOf(access.base_url)));
    }
    platform::PlatformLimits limits = ReadInstance(*instance, v1, facts_);
    if (options_.idempotency_window) limits.idempotency_window = *options_.idempotency_window;
    return limits;
  }

  Status Validate(const platform::PublishContent& content, const platform::PlatformLimits& limits) const override {
    return ValidateContent(content, limits);
  }

  std::vector<platform::RateCharge> RateCharges(const platform::PublishContent&,
                                                std::optional<platform::Action> action) const override {
    return mastodon::RateCharges(facts_, action);
  }

  std::vector<std::string> MissingScopes(const std::vector<std::string>& granted) const override {
    return platform::ScopesMissing(facts_.Text("token.scopes"), granted);
  }

  Result<platform::UploadedMedia> Upload(const platform::UploadRequest& request) override {
    const auto sleep = options_.sleep ? options_.sleep : [](absl::Duration d) { absl::SleepFor(d); };
    ASSIGN_OR_RETURN(std::string id, mastodon::Upload(client_, clock_, sleep, AccessOf(request.access), request));
    return platform::UploadedMedia{std::move(id), facts_.Seconds("media.handle_lifetime_s")};
  }

  platform::PublishOutcome Publish(const platform::PublishRequest& request) override {
    if (request.media_handles.size() != request.content.media.size()) {
      return platform::NotSent(fmt::format("{} media but {} uploads: upload all before publishing",
                                           request.content.media.size(), request.media_handles.size()));
    }
    const Status quoted = CheckQuoted(request.content.quoted_remote_id, request.access.base_url);
    if (!quoted.ok()) return platform::RefusedBefore(quoted);
    const absl::Duration end = clock_.BootTime() + request.timeout;
    const http::HttpOutcome outcome = client_.Send(MakePublish(request));
    platform::PublishOutcome out = ClassifyPublish(outcome, AccessOf(request.access), clock_.Now());
    const bool maybe_media = out.error_class == platform::ErrorClass::kInvalidContent &&
                             outcome.ok() && outcome.response->status == 422;
    if (maybe_media) RefineByMedia(request, end, out);
    return out;
  }

  platform::LookupOutcome Lookup(const platform::LookupRequest& request) override {
    return LookUp(client_, clock_, request);
  }

  platform::PublishOutcome Act(const platform::ActRequest& given) override {
    platform::ActRequest request = given;
    BeforeEdit before;
    if (request.action == platform::Action::kEdit) {
      const absl::Duration end = clock_.BootTime() + request.timeout;
      const auto answer = Get(client_, clock_, AccessOf(request.access), StatusPath(request.target_remote_id), {}, request.timeout);
      if (!answer.ok()) return platform::RefusedBefore(answer.status());
      before = ReadBeforeEdit(*answer, clock_.Now());
      if (request.content.poll && before.PollHasEnded()) return platform::NotOffered("its poll has ended, and an edit would open it again");
      request.timeout = end - clock_.BootTime();
      if (request.timeout <= absl::ZeroDuration()) return platform::NotSent("reading the status took all the time");
    }
    const auto http = MakeAct(request, before);
    if (!http) return platform::NotOffered("Mastodon has no way to hide a reply");
    return ClassifyAct(client_.Send(*http), request, clock_.Now());
  }

  Result<platform::Profile> ReadProfile(const platform::AccountAccess& access, absl::Duration timeout) override {
    return mastodon::ReadProfile(client_, clock_, access, timeout);
  }

  Status CheckProfile(const platform::ProfileChange& change) const override { return mastodon::CheckProfile(change, facts_); }

  platform::PublishOutcome SetProfile(const platform::SetProfileRequest& request) override {
    return mastodon::SetProfile(client_, clock_, request, facts_);
  }

 private:
  // What the token's app was registered for, and so what the token was made for (entity Application, since Mastodon 4.3). Not known where the
  // server does not say: that is no reason not to connect.
  std::vector<std::string> ScopesOf(const platform::AccountAccess& access, absl::Duration timeout) const {
    if (timeout <= absl::ZeroDuration()) return {};
    const auto answer = Get(client_, clock_, AccessOf(access), "/api/v1/apps/verify_credentials", {}, timeout);
    if (!answer.ok()) return {};
    std::vector<std::string> scopes;
    const platform::Json& given = platform::GetMember(answer->body, "scopes");
    for (const platform::Json& scope : given.is_array() ? given : platform::Json::array()) {
      if (scope.is_string() && scopes.size() < kScopesMax) scopes.push_back(scope.get<std::string>());
    }
    return scopes;
  }

  // A 422 can be about the uploads, in words of the account's language, so the uploads are asked for themselves: one that is still
  // processed makes it retryable; one that is gone is attached to another status, perhaps by an earlier attempt of ours.
  void RefineByMedia(const platform::PublishRequest& request, absl::Duration end, platform::PublishOutcome& out) {
    for (const std::string& handle : request.media_handles) {
      const absl::Duration left = end - clock_.BootTime();
      if (left <= absl::ZeroDuration()) return;
      const MediaState state =
          AskMedia(client_, clock_, AccessOf(request.access), handle, left);
      if (state == MediaState::kProcessing) out.error_class = platform::ErrorClass::kRetryable;
      if (state == MediaState::kGone) {
        out.error_class = platform::ErrorClass::kDuplicate;
        return;
      }
    }
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
  const ConnectorOptions options_;
};

}  // namespace

std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts,
                                                   ConnectorOptions options) {
  return std::make_unique<MastodonConnector>(client, clock, facts, std::move(options));
}

}  // namespace carillon::mastodon
