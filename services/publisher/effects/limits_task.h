// Asks an account's server what it accepts. Blocks on the platform; called on the pool's threads.
#pragma once

#include "services/publisher/effects/send_task.h"

namespace carillon::publisher {

// Without limits where it could not be asked, with the reason.
v1::LimitsReport ReadLimitsOnce(const SendParts& parts, const ReadLimitsJob& job);

}  // namespace carillon::publisher
