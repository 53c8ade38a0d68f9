// From a validated calendar to a committed import, through the Ledger. Thread-safe; Run blocks up to the deadline.
#pragma once

#include <string>

#include "carillon/common/v1/envelope.pb.h"
#include "carillon/scheduler/v1/scheduler_api.pb.h"
#include "common/rpc/router.h"
#include "services/scheduler/api/calendar_file.h"

namespace carillon::scheduler {

// hash(org, digest of file and options): the same file again is the same import.
std::string ImportId(const v1::ImportOptions& options, std::string_view digest);
std::string ImportDigest(const v1::ImportOptions& options, std::string_view file);

class Importer {
 public:
  Importer(rpc::Router& router, const DraftChecker& checker) : router_(router), checker_(checker) {}

  // Bad rows are an answer, not an error: then nothing is kept. `given_up` is asked before each step that keeps something.
  Status Run(const v1::ImportOptions& options, std::string_view file,
             const common::v1::Envelope& envelope, absl::Time deadline,
             const std::function<bool()>& given_up, v1::ImportCalendarResponse* response) const;

 private:
  Status Stage(const v1::ImportOptions& options, const Calendar& calendar,
               const std::string& digest, const common::v1::Envelope& envelope,
               absl::Time deadline, const std::function<bool()>& given_up,
               v1::Import* import) const;
  Result<v1::Import> Submit(const std::string& import_id, std::shared_ptr<const rpc::Message> body,
                            const common::v1::Envelope& envelope, absl::Time deadline) const;

  rpc::Router& router_;
  const DraftChecker& checker_;
};

}  // namespace carillon::scheduler
