// A page of an organization's accounts, of a brand's where one is named; what ListAccounts and GetAccountHealth list.
#pragma once

#include "common/ledger/reader.h"
#include "common/rpc/metadata.h"
#include "services/publisher/domain/publisher_domain.h"

namespace carillon::publisher {

// Blocking, on Redis.
template <typename Request, typename Context>
Result<ledger::Page> ListAccountPage(ledger::Reader& reader, const Request& request, const Context& context) {
  ledger::ListQuery query;
  query.index = kAccountsIndex;
  if (!request.brand_id().empty()) query.prefix = request.brand_id() + "|";
  if (request.page_size() != 0) query.page_size = request.page_size();
  query.page_token = request.page_token();
  ASSIGN_OR_RETURN(query.at_least, rpc::AtLeast(context));
  return reader.List(query);
}

}  // namespace carillon::publisher
