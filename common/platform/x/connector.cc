#include "common/platform/x/connector.h"

#include <absl/time/clock.h>
#include <fmt/format.h>

#include <utility>

#include "common/platform/charge.h"
#include "common/platform/json.h"
#include "common/platform/outcome.h"
#include "common/platform/redact.h"
#include "common/platform/x/act.h"
#include "common/platform/x/api.h"
#include "common/platform/x/edit.h"
#include "common/platform/x/errors.h"
#include "common/platform/x/lookup.h"
#include "common/platform/x/messages.h"
#include "common/platform/x/post.h"
#include "common/platform/x/profile.h"
#include "common/platform/x/rates.h"
#include "common/platform/x/session.h"
#include "common/platform/x/validate.h"
#include "common/platform/x/warnings.h"
#include "common/twitter_text/urls.h"

namespace carillon::x {
namespace {

using platform::GetMember;
using platform::GetText;

class XConnector : public platform::Connector {
 public:
  XConnector(http::HttpClient& client, const Clock& clock, const platform::Facts& facts,
             ConnectorOptions options)
      : client_(client), clock_(clock), facts_(facts), sleep_(std::move(options.sleep)) {
    if (!sleep_) sleep_ = [](absl::Duration wait) { absl::SleepFor(wait); };
  }

  std::string Platform() const override { return "x"; }

  Status CheckSecret(const std::string& secret) const override {
    if (!secret.starts_with('{')) return Connector::CheckSecret(secret);
    return ReadSession(secret, clock_.Now()).status();
  }

  Result<platform::AccountInfo> Verify(const platform::AccountAccess& account,
                                       absl::Duration timeout) override {
    ASSIGN_OR_RETURN(Session session, ReadSession(account.access_token, clock_.Now()));
    const Access access{account.base_url, session.access_token};
    ASSIGN_OR_RETURN(const Answer answer, Get(client_, clock_, access, "/2/users/me", {}, timeout));
    const platform::Json& user = GetMember(answer.body, "data");
    platform::AccountInfo info;
    info.remote_account_id = platform::GetId(user, "id");
    info.username = GetText(user, "username");
    if (!IsId(info.remote_account_id) || info.username.empty()) {
      return MakeStatus(Code::kUnavailable, fmt::format("{} named no account: is this the X API?",
                                                        platform::HostOf(account.base_url)));
    }
    info.display_name = GetText(user, "name");
    info.profile_url = "https://x.com/" + info.username;
    info.refreshable = !session.refresh_token.empty();
    if (info.refreshable && !session.expires_at) {
      session.expires_at = clock_.Now() + facts_.Seconds("token.access_lifetime_s");
    }
    info.token_expires_at = session.expires_at;
    info.granted_scopes = platform::ScopesIn(session.scope);
    info.secret = ToSecret(session);
    return info;
  }

  Result<platform::Profile> ReadProfile(const platform::AccountAccess& account, absl::Duration timeout) override {
    ASSIGN_OR_RETURN(const Access access, AccessOf(account));
    return x::ReadProfile(client_, clock_, access, account.remote_account_id, timeout);
  }

  Result<platform::PlatformLimits> Limits(const platform::AccountAccess&, absl::Duration) override {
    return LimitsOf(facts_);
  }

  platform::RefreshOutcome Refresh(const platform::RefreshRequest& request) override {
    return x::Refresh(client_, clock_, request, facts_.Seconds("token.access_lifetime_s"));
  }

  std::string Lendable(const std::string& secret) const override {
    const Result<Session> session = ReadSession(secret, clock_.Now());
    return session.ok() ? session->access_token : "";
  }

  Status Validate(const platform::PublishContent& content,
                  const platform::PlatformLimits& limits) const override {
    RETURN_IF_ERROR(ValidateContent(content, limits));
    return ValidateByFacts(content, facts_);
  }

  // What it costs to be answered by an account that one mentioned is less, and not known here.
  std::optional<platform::PriceFact> PriceOf(const platform::PublishContent& content) const override {
    const bool has_url = !twitter_text::FindUrls(PostText(content)).empty();
    return facts_.Price(has_url ? "price.post_with_url" : "price.post");
  }

  std::vector<platform::RateCharge> RateCharges(const platform::PublishContent& content,
                                                std::optional<platform::Action> action) const override {
    return x::RateCharges(facts_, content, action);
  }

  std::vector<std::string> MissingScopes(const std::vector<std::string>& granted) const override {
    return platform::ScopesMissing(facts_.Text("token.scopes"), granted);
  }

  Result<platform::UploadedMedia> Upload(const platform::UploadRequest& request) override {
    ASSIGN_OR_RETURN(const Access access, AccessOf(request.access));
    ASSIGN_OR_RETURN(std::string id, x::Upload({client_, clock_, facts_, sleep_}, access, request));
    return platform::UploadedMedia{std::move(id), facts_.Seconds("media.handle_lifetime_s")};
  }

  platform::PublishOutcome Publish(const platform::PublishRequest& request) override {
    const absl::Duration end = clock_.BootTime() + request.timeout;
    const Result<Access> access = AccessOf(request.access);
    if (!access.ok()) return platform::RefusedBefore(access.status());
    if (request.media_handles.size() != request.content.media.size()) {
      return platform::NotSent(fmt::format("{} media but {} uploads: upload all before publishing",
                                           request.content.media.size(), request.media_handles.size()));
    }
    if (!request.content.conversation_remote_id.empty()) return SendMessage(request, *access, end);
    const Status marked = MarkMedia(client_, clock_, *access, request.content, request.media_handles, end - clock_.BootTime());
    if (!marked.ok()) return platform::RefusedBefore(marked);
    http::HttpRequest http = MakeJsonRequest(*access, "/2/tweets", MakePost(request.content, request.media_handles));
    http.has_effect = true;
    http.before_first_byte = request.may_send;
    http.deadline = end - clock_.BootTime();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("no time left to publish");
    return Named(ClassifyPublish(client_.Send(http), *access, clock_.Now()), request.content, std::nullopt);
  }

  platform::LookupOutcome Lookup(const platform::LookupRequest& request) override {
    const Result<Access> access = AccessOf(request.access);
    if (access.ok() && !request.content.conversation_remote_id.empty()) {
      return LookUpMessage(client_, clock_, *access, request);
    }
    if (access.ok()) return LookUp(client_, clock_, facts_, *access, request);
    platform::LookupOutcome out;
    out.error = Message(access.status());
    return out;
  }

  platform::PublishOutcome Act(const platform::ActRequest& request) override {
    const Result<Access> access = AccessOf(request.access);
    if (!access.ok()) return platform::RefusedBefore(access.status());
    if (request.action == platform::Action::kEdit) return ActEdit(request, *access);
    const Result<http::HttpRequest> http = MakeAct(request, *access);
    if (!http.ok()) return platform::RefusedBefore(http.status());
    return Named(ClassifyAct(client_.Send(*http), request, *access, clock_.Now()), request.content, request.action);
  }

 private:
  platform::PublishOutcome ActEdit(const platform::ActRequest& request, const Access& access) {
    if (request.media_handles.size() != request.content.media.size()) return platform::NotSent("upload all media before editing");
    if (!IsId(request.target_remote_id)) {
      return platform::RefusedBefore(Refuse(Code::kInvalidArgument, "REMOTE_REFUSED", "this is no post's id on X"));
    }
    return Edit(client_, clock_, facts_, access, request);
  }

  platform::PublishOutcome SendMessage(const platform::PublishRequest& request, const Access& access,
                                       absl::Duration end) {
    http::HttpRequest http = MakeMessage(access, request.content);
    http.has_effect = true;
    http.before_first_byte = request.may_send;
    http.deadline = end - clock_.BootTime();
    if (http.deadline <= absl::ZeroDuration()) return platform::NotSent("no time left to send");
    return Named(ClassifyMessage(client_.Send(http), access, clock_.Now()), request.content, std::nullopt);
  }

  platform::PublishOutcome Named(platform::PublishOutcome out, const platform::PublishContent& content,
                                 std::optional<platform::Action> action) const {
    NameReadings(RateCharges(content, action), out);
    return out;
  }

  // A secret that is none is a token that is refused: only a person can bring another.
  Result<Access> AccessOf(const platform::AccountAccess& account) const {
    const Result<Session> session = ReadSession(account.access_token, clock_.Now());
    if (session.ok()) return Access{account.base_url, session->access_token};
    return Refuse(Code::kUnauthenticated, "BAD_TOKEN", Message(session.status()));
  }

  http::HttpClient& client_;
  const Clock& clock_;
  const platform::Facts& facts_;
  Sleep sleep_;
};

}  // namespace

std::unique_ptr<platform::Connector> MakeConnector(http::HttpClient& client, const Clock& clock,
                                                   const platform::Facts& facts,
                                                   ConnectorOptions options) {
  return std::make_unique<XConnector>(client, clock, facts, std::move(options));
}

}  // namespace carillon::x
