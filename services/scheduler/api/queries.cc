#include "services/scheduler/api/queries.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "common/base/clock.h"
#include "services/scheduler/api/calendar_file.h"
#include "services/scheduler/domain/records.h"
#include "services/scheduler/domain/scheduler_domain.h"

namespace carillon::scheduler {
namespace {

// So few that a message of the largest posts stays under gRPC's 4 MB.
constexpr int kExportPageSize = 30;
constexpr int kRowsReadMax = 500;

const v1::SchedulerRecord& Typed(const ledger::Proto& record) {
  return static_cast<const v1::SchedulerRecord&>(record);
}

template <typename Request>
Status SetRange(const Request& request, ledger::ListQuery* query) {
  if (request.has_from()) query->from = ledger::TimeKey(FromProto(request.from()));
  if (request.has_to()) query->to = ledger::TimeKey(FromProto(request.to()));
  if (request.has_from() && request.has_to() &&
      FromProto(request.to()) < FromProto(request.from())) {
    return Refuse(Code::kInvalidArgument, "BAD_RANGE", "the range ends before it begins");
  }
  return Ok();
}

}  // namespace

Result<v1::ListPostsResponse> ListPosts(const v1::ListPostsRequest& request,
                                        std::vector<ledger::Position> at_least,
                                        ledger::Reader& reader) {
  if (request.org_id().empty() && request.brand_id().empty()) {
    return Refuse(Code::kInvalidArgument, "UNKNOWN_ORGANIZATION",
                  "name an organization or a brand");
  }
  ledger::ListQuery query;
  query.page_size = request.page_size();
  query.page_token = request.page_token();
  query.at_least = std::move(at_least);
  RETURN_IF_ERROR(SetRange(request, &query));
  const v1::PostState state = request.state();
  if (request.brand_id().empty()) {
    query.index = kOrgIndex;
    query.prefix = request.org_id() + "|";
    if (state != v1::POST_STATE_UNSPECIFIED) {
      query.keep = [state](const ledger::Proto& record) {
        return Typed(record).post().state() == state;
      };
    }
  } else if (state == v1::POST_STATE_UNSPECIFIED) {
    query.index = kBrandIndex;
    query.prefix = request.brand_id() + "|";
  } else {
    query.index = kBrandStateIndex;
    query.prefix = fmt::format("{}|{:02}|", request.brand_id(), static_cast<int>(state));
  }
  ASSIGN_OR_RETURN(const ledger::Page page, reader.List(query));
  v1::ListPostsResponse response;
  for (const ledger::ProtoPtr& record : page.records) {
    *response.add_posts() = Typed(*record).post();
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

Status CheckExcept(const v1::ApproveImportRequest& request, ledger::Reader& reader) {
  std::set<std::string> missing(request.except().begin(), request.except().end());
  if (missing.empty()) return Ok();
  ASSIGN_OR_RETURN(const ledger::ProtoPtr found, reader.Get(request.import_id()));
  if (found == nullptr || !Typed(*found).has_import()) return UnknownImport(request.import_id());
  const int row_count = Typed(*found).import().row_count();
  for (int number = 0; number < row_count && !missing.empty();) {
    std::vector<std::string> ids;
    while (number < row_count && ids.size() < kRowsReadMax) {
      ids.push_back(RowId(request.import_id(), ++number));
    }
    ASSIGN_OR_RETURN(const std::vector<ledger::ProtoPtr> rows, reader.GetMany(ids));
    for (const ledger::ProtoPtr& row : rows) {
      if (row == nullptr) continue;
      missing.erase(Typed(*row).import_row().post_id());
      missing.erase(Typed(*row).import_row().draft().external_id());
    }
  }
  if (missing.empty()) return Ok();
  return Refuse(Code::kInvalidArgument, "UNKNOWN_POST",
                fmt::format("'{}' is no post of import {}; nothing was approved", *missing.begin(),
                            request.import_id()),
                {{"post", *missing.begin()}, {"import", request.import_id()}});
}

std::function<Result<bool>(v1::ExportCalendarResponse*)> ExportPages(
    v1::ExportCalendarRequest request, ledger::Reader& reader, Directories directories) {
  struct Progress {
    bool begun = false;
    bool ended = false;
    ledger::ListQuery query;
  };
  auto progress = std::make_shared<Progress>();
  return [progress, request = std::move(request), &reader,
          directories](v1::ExportCalendarResponse* response) -> Result<bool> {
    if (progress->ended) return false;
    std::string chunk;
    if (!progress->begun) {
      RETURN_IF_ERROR(SetRange(request, &progress->query));
      if (request.org_id().empty() && request.brand_id().empty()) {
        return Refuse(Code::kInvalidArgument, "UNKNOWN_BRAND", "name the brand to export");
      }
      const bool by_brand = !request.brand_id().empty();
      progress->query.index = by_brand ? kBrandIndex : kOrgIndex;
      progress->query.prefix = (by_brand ? request.brand_id() : request.org_id()) + "|";
      progress->query.page_size = kExportPageSize;
      // What was taken back is not part of the plan, and reading the file must not bring it back.
      progress->query.keep = [](const ledger::Proto& record) {
        return Typed(record).post().state() != v1::POST_STATE_CANCELLED;
      };
      progress->begun = true;
      chunk = CalendarHeader();
    }
    ASSIGN_OR_RETURN(const ledger::Page page, reader.List(progress->query));
    for (const ledger::ProtoPtr& record : page.records) {
      ASSIGN_OR_RETURN(const std::string row, CalendarRowOf(Typed(*record).post(), directories));
      chunk += row;
    }
    progress->query.page_token = page.next_page_token;
    progress->ended = page.next_page_token.empty();
    response->set_chunk(std::move(chunk));
    return true;
  };
}

}  // namespace carillon::scheduler
