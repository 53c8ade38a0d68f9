#include "services/publisher/effects/upload_task.h"

#include <algorithm>

#include "common/base/utf8.h"
#include "common/platform/error_class.h"
#include "common/platform/rules.h"
#include "services/publisher/effects/approved_file.h"
#include "services/publisher/effects/refusal.h"

namespace carillon::publisher {
namespace {

constexpr size_t kErrorSizeMax = 300;
constexpr size_t kHandleBytesMax = 2048;

class Run {
 public:
  Run(const UploadParts& parts, const UploadJob& job, absl::Duration run_max, const UploadWatch& watch)
      : parts_(parts), job_(job), run_max_(run_max), watch_(watch), item_(job.upload.items(job.index)) {
    stopped_.set_upload_id(job.upload.id());
    stopped_.set_run(job.upload.run());
    stopped_.set_index(job.index);
    stopped_.set_credential_version(job.account.credential_version());
    stopped_.set_resume(item_.resume());
    stopped_.set_bytes_done(item_.bytes_done());
  }

  std::variant<v1::MediaUploaded, v1::UploadStopped> Do() {
    const auto connector = parts_.platforms.FindConnector(job_.account.platform());
    if (!connector.ok()) return Refused(connector.status());
    auto token = parts_.credentials.Open(job_.account.id(), job_.account.credential_version());
    if (!token.ok()) return Later("CREDENTIAL", Message(token.status()));
    const auto file = OpenApproved(item_.media(), parts_.media);
    if (!file.ok()) return Refused(file.status());
    platform::UploadRequest request;
    request.access = {job_.account.id(), job_.account.base_url(), job_.account.remote_account_id(), *std::move(token)};
    request.item = {.path = (*file)->path(), .mime_type = item_.media().mime_type(),
                    .alt_text = item_.media().alt_text(), .size_bytes = item_.media().size_bytes()};
    request.resume = item_.resume();
    request.timeout = std::min(run_max_, FromProto(job_.upload.not_after()) - parts_.clock.Now());
    if (request.timeout <= absl::ZeroDuration()) return Later("TOO_LATE", "the time of the upload is over");
    request.on_progress = [this](const std::string& resume, int64_t bytes_done) {
      stopped_.set_resume(resume);
      stopped_.set_bytes_done(bytes_done);
      watch_.on_progress(resume, bytes_done);
    };
    request.may_continue = watch_.may_continue;
    const auto uploaded = (*connector)->Upload(request);
    if (uploaded.ok()) return Ready(*uploaded);
    return watch_.may_continue() ? Refused(uploaded.status()) : Later("STOPPED", Message(uploaded.status()));
  }

 private:
  std::variant<v1::MediaUploaded, v1::UploadStopped> Ready(const platform::UploadedMedia& media) {
    if (media.handle.empty() || media.handle.size() > kHandleBytesMax) {
      return Refused(Refuse(Code::kUnavailable, "BAD_HANDLE",
                            fmt::format("the platform named the upload by {} bytes", media.handle.size())));
    }
    v1::MediaUploaded out;
    out.set_delivery_id(job_.upload.delivery_id());
    out.set_index(job_.index);
    out.set_handle(media.handle);
    out.set_upload_id(job_.upload.id());
    out.set_run(job_.upload.run());
    *out.mutable_uploaded_at() = ToProto(parts_.clock.Now());
    if (media.lifetime < absl::InfiniteDuration()) out.set_lifetime_s(absl::ToInt64Seconds(media.lifetime));
    return out;
  }
  v1::UploadStopped Later(const char* reason, std::string_view error) {
    stopped_.set_error_reason(reason);
    stopped_.set_error(std::string(CutUtf8(error, kErrorSizeMax)));
    return std::move(stopped_);
  }
  v1::UploadStopped Refused(const Status& status) {
    stopped_.set_refusal(RefusalOf(platform::ErrorClassOf(status)));
    if (const auto at = platform::RetryAtOf(status)) *stopped_.mutable_retry_at() = ToProto(*at);
    const std::string reason = ReasonOf(status);
    return Later(reason.empty() ? "UNAVAILABLE" : reason.c_str(), Message(status));
  }

  const UploadParts& parts_;
  const UploadJob& job_;
  const absl::Duration run_max_;
  const UploadWatch& watch_;
  const v1::UploadItem& item_;
  v1::UploadStopped stopped_;
};

}  // namespace

std::variant<v1::MediaUploaded, v1::UploadStopped> UploadOnce(const UploadParts& parts, const UploadJob& job,
                                                              absl::Duration run_max, const UploadWatch& watch) {
  return Run(parts, job, run_max, watch).Do();
}

}  // namespace carillon::publisher
