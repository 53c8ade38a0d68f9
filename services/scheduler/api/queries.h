// Reads over Redis's indexes. They block on Redis for at most the Reader's timeout. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/ledger/reader.h"
#include "services/scheduler/ports.h"

namespace carillon::scheduler {

// By due time, then id; posts without a time last. BAD_RANGE for a range that ends before it begins.
Result<v1::ListPostsResponse> ListPosts(const v1::ListPostsRequest& request,
                                        std::vector<ledger::Position> at_least,
                                        ledger::Reader& reader);

// UNKNOWN_POST if one of `except` is no row of the import: a typing error would approve what was meant to be kept back.
Status CheckExcept(const v1::ApproveImportRequest& request, ledger::Reader& reader);

// A brand's posts as CSV, a page at a time; false is the end. The header comes first.
std::function<Result<bool>(v1::ExportCalendarResponse*)> ExportPages(
    v1::ExportCalendarRequest request, ledger::Reader& reader, Directories directories);

}  // namespace carillon::scheduler
