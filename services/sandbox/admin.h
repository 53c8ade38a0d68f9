// The admin API: accounts, the ground truth, faults, and engagement on demand. No service and no report reads it.
#pragma once

#include "common/http/router.h"
#include "services/sandbox/sandbox.h"

namespace carillon::sandbox {

void AddAdminRoutes(http::Router* router, Sandbox* sandbox);

}  // namespace carillon::sandbox
