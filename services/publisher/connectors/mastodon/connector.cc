#include "services/publisher/connectors/mastodon/connector.h"

#include <absl/time/clock.h>

#include <utility>

#include "common/mastodon/api.h"
#include "services/publisher/connectors/mastodon/errors.h"
#include "services/publisher/connectors/mastodon/instance.h"
#include "services/publisher/connectors/mastodon/lookup.h"
#include "services/publisher/connectors/mastodon/text.h"
#include "services/publisher/connectors/mastodon/validate.h"

namespace carillon::publisher {
namespace {

namespace api = carillon::mastodon;
using mastodon::MediaState;

api::Access AccessOf(const AccountAccess& access) { return {access.base_url, access.access_token}; }

http::HttpRequest MakePublish(const PublishRequest& request) {
  api::Json body = {{"status", mastodon::StatusText(request.content)}};
  const PublishContent& content = request.content;
  if (!request.media_handles.empty()) body["media_ids"] = request.media_handles;
  if (!content.in_reply_to_remote_id.empty()) body["in_reply_to_id"] = content.in_reply_to_remote_id;
  if (!content.visibility.empty()) body["visibility"] = content.visibility;
  if (!content.language.empty()) body["language"] = content.language;
  http::HttpRequest out = api::MakeRequest(AccessOf(request.access), "POST", "/api/v1/statuses");
  out.headers["Idempotency-Key"] = request.idempotency_key;
  // Text that is not UTF-8 was refused by Validate(); the server gets U+FFFD for what slipped through.
  out.body = body.dump(-1, ' ', false, api::Json::error_handler_t::replace);
  out.content_type = "application/json";
  out.has_effect = true;
  out.before_first_byte = request.may_send;
  out.deadline = request.timeout;
  return out;
}

class MastodonConnector : public Connector {
 public:
  MastodonConnector(http::HttpClient& client, const Clock& clock, MastodonOptions options)
      : client_(client), clock_(clock), options_(std::move(options)) {}

  std::string Platform() const override { return "mastodon"; }

  Result<AccountInfo> Verify(const AccountAccess& access, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const api::Answer answer,
                     api::Get(client_, clock_, AccessOf(access),
                              "/api/v1/accounts/verify_credentials", {}, timeout));
    AccountInfo info;
    info.remote_account_id = api::GetId(answer.body, "id");
    info.username = api::FullName(api::GetText(answer.body, "acct"), access.base_url);
    info.display_name = api::GetText(answer.body, "display_name");
    info.profile_url = api::GetText(answer.body, "url");
    if (info.remote_account_id.empty()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} named no account: is this a Mastodon server?",
                                                        api::HostOf(access.base_url)));
    }
    return info;
  }

  Result<PlatformLimits> Limits(const AccountAccess& access, absl::Duration timeout) override {
    const absl::Duration end = clock_.BootTime() + timeout;
    http::HttpRequest request = api::MakeRequest(AccessOf(access), "GET", "/api/v2/instance");
    request.deadline = timeout;
    const http::HttpOutcome outcome = client_.Send(request);
    bool v1 = outcome.ok() && (outcome.response->status == 404 || outcome.response->status == 405);
    if (!outcome.ok()) return api::StatusOfFailure(outcome, AccessOf(access));
    std::optional<api::Json> instance;
    if (v1) {
      ASSIGN_OR_RETURN(api::Answer answer, api::Get(client_, clock_, AccessOf(access), "/api/v1/instance",
                                                    {}, end - clock_.BootTime()));
      instance = std::move(answer.body);
    } else {
      RETURN_IF_ERROR(api::StatusOfResponse(*outcome.response, AccessOf(access), clock_.Now()));
      instance = api::ParseJson(outcome.response->body);
    }
    if (!instance || !instance->is_object()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} did not describe its instance",
                                                        api::HostOf(access.base_url)));
    }
    PlatformLimits limits = mastodon::ReadInstance(*instance, v1);
    if (options_.idempotency_window) limits.idempotency_window = *options_.idempotency_window;
    return limits;
  }

  Status Validate(const PublishContent& content, const PlatformLimits& limits) const override {
    return mastodon::ValidateContent(content, limits);
  }

  Result<std::string> UploadMedia(const AccountAccess& access, const MediaItem& item,
                                  absl::Duration timeout) override {
    const auto sleep = options_.sleep ? options_.sleep : [](absl::Duration d) { absl::SleepFor(d); };
    return mastodon::Upload(client_, clock_, sleep, AccessOf(access), item, timeout);
  }

  PublishOutcome Publish(const PublishRequest& request) override {
    PublishOutcome out;
    if (request.media_handles.size() != request.content.media.size()) {
      out.kind = PublishOutcome::Kind::kNotSent;
      out.error = fmt::format("{} media but {} uploads: upload all before publishing",
                              request.content.media.size(), request.media_handles.size());
      return out;
    }
    const absl::Duration end = clock_.BootTime() + request.timeout;
    const http::HttpOutcome outcome = client_.Send(MakePublish(request));
    out = mastodon::ClassifyPublish(outcome, AccessOf(request.access), clock_.Now());
    const bool maybe_media = out.error_class == ErrorClass::kInvalidContent &&
                             outcome.ok() && outcome.response->status == 422;
    if (maybe_media) RefineByMedia(request, end, out);
    return out;
  }

  LookupOutcome Lookup(const LookupRequest& request) override {
    return mastodon::LookUp(client_, clock_, request);
  }

 private:
  // A 422 can be about the uploads, in words of the account's language, so the uploads are asked for themselves: one that is still
  // processed makes it retryable; one that is gone is attached to another status, perhaps by an earlier attempt of ours.
  void RefineByMedia(const PublishRequest& request, absl::Duration end, PublishOutcome& out) {
    for (const std::string& handle : request.media_handles) {
      const absl::Duration left = end - clock_.BootTime();
      if (left <= absl::ZeroDuration()) return;
      const MediaState state =
          mastodon::AskMedia(client_, clock_, AccessOf(request.access), handle, left);
      if (state == MediaState::kProcessing) out.error_class = ErrorClass::kRetryable;
      if (state == MediaState::kGone) {
        out.error_class = ErrorClass::kDuplicate;
        return;
      }
    }
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const MastodonOptions options_;
};

}  // namespace

std::unique_ptr<Connector> MakeMastodonConnector(http::HttpClient& client, const Clock& clock,
                                                 MastodonOptions options) {
  return std::make_unique<MastodonConnector>(client, clock, std::move(options));
}

}  // namespace carillon::publisher
