#include "services/publisher/effects/send_task.h"

#include <algorithm>

#include "common/base/planted.h"
#include "common/base/utf8.h"
#include "common/platform/act.h"
#include "common/platform/rules.h"
#include "services/publisher/domain/attempts.h"
#include "services/publisher/domain/profile.h"
#include "services/publisher/domain/states.h"
#include "services/publisher/effects/approved_file.h"
#include "services/publisher/effects/charges.h"
#include "services/publisher/effects/refusal.h"

namespace carillon::publisher {
namespace {

// The HTTP deadline ends so long before send_before, and no request starts with less than this left.
constexpr absl::Duration kEndMargin = absl::Seconds(2);
constexpr size_t kErrorSizeMax = 300;

using Files = std::vector<std::shared_ptr<const media_store::LocalFile>>;

// `picture` with its file, which stays on the disk while `files` has it.
Status SetFile(platform::MediaItem& picture, const v1::Media& media, media_store::MediaStore& store, Files& files) {
  ASSIGN_OR_RETURN(auto file, OpenApproved(media, store));
  picture.path = file->path();
  files.push_back(std::move(file));
  return Ok();
}

Result<platform::ProfileChange> WithFiles(const v1::ProfileChange& change, media_store::MediaStore& store, Files& files) {
  platform::ProfileChange out = platform::ProfileChangeOf(change);
  if (out.avatar) RETURN_IF_ERROR(SetFile(*out.avatar, change.avatar(), store, files));
  if (out.header) RETURN_IF_ERROR(SetFile(*out.header, change.header(), store, files));
  return out;
}

// Before the publishing request every error is a refusal: nothing was published.
v1::RefusalClass RefusalBefore(const Status& status) {
  switch (status.code()) {
    case Code::kUnauthenticated:
      return v1::REFUSAL_CLASS_AUTH;
    case Code::kInvalidArgument:
      return v1::REFUSAL_CLASS_INVALID_CONTENT;
    case Code::kPermissionDenied:
      return v1::REFUSAL_CLASS_PERMANENT;
    case Code::kResourceExhausted:
      return v1::REFUSAL_CLASS_RATE_LIMITED;
    default:
      return v1::REFUSAL_CLASS_RETRYABLE;
  }
}

v1::RateReading Told(const platform::RateReading& reading) {
  v1::RateReading out;
  out.set_name(reading.name);
  out.set_limit(reading.limit.value_or(0));
  out.set_remaining(reading.remaining);
  *out.mutable_reset_at() = ToProto(reading.reset);
  return out;
}

class Attempt {
 public:
  Attempt(const SendParts& parts, const SendJob& job, absl::Duration boot_deadline)
      : parts_(parts), job_(job), boot_deadline_(boot_deadline) {
    report_.set_delivery_id(job.delivery.id());
    report_.set_attempt(job.attempt);
    report_.set_credential_version(job.account.credential_version());
  }

  v1::PublishReport Run() {
    if (Prepare()) Send();
    report_.set_error(std::string(CutUtf8(report_.error(), kErrorSizeMax)));
    *report_.mutable_answered_at() = ToProto(parts_.clock.Now());
    return std::move(report_);
  }

 private:
  absl::Duration Left() const { return boot_deadline_ - parts_.clock.BootTime(); }

  bool NotSent(const char* reason, std::string_view error) {
    report_.set_result(v1::PUBLISH_RESULT_NOT_SENT);
    report_.set_error_reason(reason);
    report_.set_error(std::string(error));
    return false;
  }
  bool Refused(const Status& status) {
    report_.set_result(v1::PUBLISH_RESULT_REFUSED);
    report_.set_refusal(RefusalBefore(status));
    report_.set_error_reason(ReasonOf(status).empty() ? "UNAVAILABLE" : ReasonOf(status));
    report_.set_error(Message(status));
    return false;
  }

  // True if only the publishing request is left to do.
  bool Prepare() {
    if (Left() <= kEndMargin) return NotSent("TOO_LATE", "send_before was too near");
    auto connector = parts_.platforms.FindConnector(job_.account.platform());
    if (!connector.ok()) return Refused(connector.status());
    connector_ = *connector;
    auto token = parts_.credentials.Open(job_.account.id(), job_.account.credential_version());
    if (!token.ok()) return NotSent("CREDENTIAL", Message(token.status()));
    request_.access = {job_.account.id(), job_.account.base_url(), job_.account.remote_account_id(),
                       *std::move(token)};
    if (IsProfile(job_.delivery.dispatch())) return PrepareProfile();
    if (IsAction(job_.delivery) && job_.delivery.dispatch().action() != v1::ACTION_KIND_EDIT) return true;
    // The media are there already: only their kinds and sizes count from here on.
    request_.content = platform::ContentOf(job_.delivery.dispatch().content());
    const Status valid = connector_->Validate(request_.content, platform::LimitsOf(job_.account.limits()));
    if (!valid.ok()) return Refused(valid);
    request_.media_handles.assign(job_.delivery.media_handles().begin(),
                                  job_.delivery.media_handles().end());
    return true;
  }

  bool PrepareProfile() {
    auto change = WithFiles(job_.delivery.dispatch().content().profile(), parts_.media, files_);
    if (!change.ok()) return Refused(change.status());
    change_ = *std::move(change);
    const Status valid = connector_->CheckProfile(change_);
    return valid.ok() ? true : Refused(valid);
  }

  // The last thing before the first byte.
  bool MaySend() {
    if (IsPlanted(Planted::kNoSendBefore)) return true;
    armed_ = parts_.guard.Arm(boot_deadline_);
    if (armed_ == nullptr) return No("NO_TIMER");
    if (Left() <= absl::ZeroDuration()) return No("TOO_LATE");
    if (!parts_.control.Fresh()) return No("CONTROL_VIEW");
    if (parts_.control.Blocked(job_.account.org_id(), job_.delivery.dispatch().brand_id())) {
      return No("KILL_SWITCH");
    }
    return true;
  }
  bool No(const char* why) {
    why_not_ = why;
    armed_.reset();
    return false;
  }

  void Send() {
    request_.idempotency_key = job_.delivery.id();
    request_.first_sent_at = FromProto(job_.delivery.first_sending_at());
    request_.timeout = Left() - kEndMargin;
    if (request_.timeout <= absl::ZeroDuration()) {
      NotSent("TOO_LATE", "send_before was too near");
      return;
    }
    request_.may_send = [this] { return MaySend(); };
    const platform::PublishOutcome outcome = IsAction(job_.delivery) ? Act() : connector_->Publish(request_);
    armed_.reset();
    report_.set_remote_id(outcome.remote_id);
    report_.set_remote_url(outcome.remote_url);
    report_.set_error(outcome.error);
    if (outcome.retry_at) *report_.mutable_retry_at() = ToProto(*outcome.retry_at);
    if (outcome.limit_remaining == 0 && outcome.limit_reset) {
      *report_.mutable_limit_reset() = ToProto(*outcome.limit_reset);
    }
    for (const platform::RateReading& reading : outcome.readings) *report_.add_rate_readings() = Told(reading);
    switch (outcome.kind) {
      case platform::PublishOutcome::Kind::kPublished:
        report_.set_result(v1::PUBLISH_RESULT_PUBLISHED);
        return;
      case platform::PublishOutcome::Kind::kRefused:
        report_.set_result(v1::PUBLISH_RESULT_REFUSED);
        report_.set_refusal(RefusalOf(outcome.error_class));
        report_.set_error_reason(v1::RefusalClass_Name(report_.refusal()).substr(sizeof("REFUSAL_CLASS_") - 1));
        return;
      case platform::PublishOutcome::Kind::kNotSent:
        // Ours, or the connector's own.
        if (why_not_ != nullptr) {
          NotSent(why_not_, fmt::format("not sent: {}", why_not_));
        } else {
          NotSent("NOT_SENT", outcome.error.empty() ? "not sent" : outcome.error);
        }
        return;
      case platform::PublishOutcome::Kind::kUnknown:
        report_.set_result(v1::PUBLISH_RESULT_UNKNOWN);
        report_.set_error_reason("ANSWER_LOST");
        return;
    }
  }

  platform::PublishOutcome Act() {
    const v1::Dispatch& dispatch = job_.delivery.dispatch();
    if (IsProfile(dispatch)) {
      return connector_->SetProfile({.access = request_.access,
                                     .change = change_,
                                     .timeout = request_.timeout,
                                     .may_send = request_.may_send});
    }
    const auto action = ActionOf(dispatch.action());
    if (!action) return platform::NotOffered("this version of Carillon does not know what is to be done");
    return connector_->Act({.access = request_.access,
                            .action = *action,
                            .target_remote_id = dispatch.target_remote_id(),
                            .content = request_.content,
                            .media_handles = request_.media_handles,
                            .first_sent_at = request_.first_sent_at,
                            .timeout = request_.timeout,
                            .may_send = request_.may_send});
  }

  const SendParts& parts_;
  const SendJob& job_;
  const absl::Duration boot_deadline_;
  platform::Connector* connector_ = nullptr;
  platform::PublishRequest request_;
  platform::ProfileChange change_;
  Files files_;
  std::unique_ptr<DeadlineGuard::Armed> armed_;
  const char* why_not_ = nullptr;  // why MaySend() refused
  v1::PublishReport report_;
};

}  // namespace

v1::PublishReport SendOnce(const SendParts& parts, const SendJob& job, absl::Duration boot_deadline) {
  return Attempt(parts, job, boot_deadline).Run();
}

v1::LookupReport LookUpOnce(const SendParts& parts, const LookupJob& job) {
  v1::LookupReport report;
  report.set_delivery_id(job.delivery.id());
  report.set_attempt(job.attempt);
  report.set_lookup(job.lookup);
  report.set_result(v1::LOOKUP_RESULT_UNAVAILABLE);
  *report.mutable_asked_at() = ToProto(parts.clock.Now());
  *report.mutable_answered_at() = report.asked_at();
  auto connector = parts.platforms.FindConnector(job.account.platform());
  auto token = parts.credentials.Open(job.account.id(), job.account.credential_version());
  if (!connector.ok() || !token.ok()) {
    report.set_error(Message(connector.ok() ? token.status() : connector.status()));
    return report;
  }
  platform::LookupRequest request;
  request.access = {job.account.id(), job.account.base_url(), job.account.remote_account_id(),
                    *std::move(token)};
  request.content = platform::ContentOf(job.delivery.dispatch().content());  // its media are not sent again
  request.idempotency_key = job.delivery.id();
  request.first_sent_at = FromProto(job.delivery.first_sending_at());
  request.since = job.since;
  request.known_remote_ids = PostsOfOthers(job.account, job.delivery);
  request.timeout = parts.lookup_timeout;
  const platform::LookupOutcome outcome = (*connector)->Lookup(request);
  *report.mutable_answered_at() = ToProto(parts.clock.Now());
  report.set_remote_id(outcome.remote_id);
  report.set_remote_url(outcome.remote_url);
  report.set_error(std::string(CutUtf8(outcome.error, kErrorSizeMax)));
  switch (outcome.kind) {
    case platform::LookupOutcome::Kind::kFound:
      report.set_result(v1::LOOKUP_RESULT_FOUND);
      break;
    case platform::LookupOutcome::Kind::kAbsent:
      report.set_result(v1::LOOKUP_RESULT_ABSENT);
      break;
    case platform::LookupOutcome::Kind::kAmbiguous:
      report.set_result(v1::LOOKUP_RESULT_AMBIGUOUS);
      break;
    case platform::LookupOutcome::Kind::kUnavailable:
      break;
  }
  return report;
}

}  // namespace carillon::publisher
