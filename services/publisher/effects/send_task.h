// The two things that are done outside for a delivery: one attempt, one look-up. Each blocks on the platform and ends with what it
// knows and no more. Called on sender threads.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "carillon/publisher/v1/internal.pb.h"
#include "common/base/clock.h"
#include "common/media_store/media_store.h"
#include "common/platform/registry.h"
#include "services/publisher/domain/effects.h"
#include "services/publisher/effects/deadline_guard.h"
#include "services/publisher/ports.h"

namespace carillon::publisher {

struct SendParts {
  const platform::Registry& platforms;
  const Credentials& credentials;
  const ControlView& control;
  DeadlineGuard& guard;
  const Clock& clock;
  media_store::MediaStore& media;  // of the pictures of profiles
  absl::Duration lookup_timeout = absl::Seconds(10);
};

// Nothing leaves at or after `boot_deadline` (send_before by Clock::BootTime()), without a fresh control view, or under a kill
// switch: that is asked as the last thing before the first byte, with the guard's timer armed already.
v1::PublishReport SendOnce(const SendParts& parts, const SendJob& job, absl::Duration boot_deadline);

v1::LookupReport LookUpOnce(const SendParts& parts, const LookupJob& job);

}  // namespace carillon::publisher
