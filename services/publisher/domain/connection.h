// How an account is connected, updated and disconnected, and how dispatches and cancels come in.
#pragma once

#include "carillon/publisher/v1/internal.pb.h"
#include "services/publisher/domain/turn.h"

namespace carillon::publisher {

// ABORTED, CONNECT_RACE: another connection of the same account came in between; the caller asks again.
Status Connect(Turn& turn, const v1::ConnectCommand& command);
Status Disconnect(Turn& turn, const std::string& account_id);
// The new version is in the log together with the account that points to it; the old one is ended.
void ReplaceCredential(Turn& turn, v1::Account& account, const v1::CredentialRecord& credential);
// The same for whatever has credentials: `before` is the version that it pointed to, 0 for none.
void PutCredential(Turn& turn, const v1::CredentialRecord& credential, uint32_t before);
// That version is ended.
void BlankCredential(Turn& turn, const std::string& id, uint32_t version);
// The present version's secret under another vault key takes its place; one of an ended version changes nothing.
Status ResealCredential(Turn& turn, const v1::CredentialRecord& credential);
// The account's own due entry: those that wait are tried.
Status WakeWaiting(Turn& turn, v1::Account& account);

// A dispatch of a known delivery answers its present state if that is final. INVALID_ARGUMENT, BAD_DISPATCH, where not even an
// answer is possible.
Status OnDispatch(Turn& turn, const std::string& to, const v1::Dispatch& dispatch);
// First in the log wins: CANCELLED, or an answer that says too_late.
Status OnCancel(Turn& turn, const std::string& from, const v1::CancelDelivery& cancel);

// The key of a credential version in its topic, and what it is sealed for.
std::string CredentialKey(const std::string& account_id, uint32_t version);

}  // namespace carillon::publisher
