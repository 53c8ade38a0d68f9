// One run of an upload. Blocks on the store and the platform; called on an uploader's thread.
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <string>
#include <variant>

#include "carillon/publisher/v1/internal.pb.h"
#include "common/base/clock.h"
#include "common/media_store/media_store.h"
#include "common/platform/registry.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

struct UploadParts {
  const platform::Registry& platforms;
  const Credentials& credentials;
  const Clock& clock;
  media_store::MediaStore& media;
};

// As platform::UploadRequest has them; called on the thread that runs it.
struct UploadWatch {
  std::function<void(const std::string& resume, int64_t bytes_done)> on_progress;
  std::function<bool()> may_continue;
};

// For at most `run_max`: what is not there by then goes on with the next run.
std::variant<v1::MediaUploaded, v1::UploadStopped> UploadOnce(const UploadParts& parts, const UploadJob& job,
                                                              absl::Duration run_max, const UploadWatch& watch);

}  // namespace carillon::publisher
