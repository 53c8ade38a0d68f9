#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/files.h"
#include "services/cli/resolve.h"

namespace carillon::cli {
namespace {

struct Options {
  std::string brand, state, id, text, text_file;
};

Status List(Session& s, const Options& options) {
  listener::v1::ListInboxRequest request;
  if (!options.state.empty()) {
    ASSIGN_OR_RETURN(const int state,
                     ParseEnum(*listener::v1::InboxState_descriptor(), options.state));
    request.set_state(static_cast<listener::v1::InboxState>(state));
  }
  ASSIGN_OR_RETURN(const auto brand, FindBrand(s, options.brand));
  request.set_brand_id(brand.id());
  ASSIGN_OR_RETURN(const auto items, s.CallPages(s.listener(), &Listener::ListInbox, request,
                                                 &listener::v1::ListInboxResponse::items));
  s.ShowRows(items, {{"ID", "id"},
                     {"STATE", "state"},
                     {"KIND", "kind"},
                     {"AT", "created_at"},
                     {"AUTHOR", "author"},
                     {"TEXT", "text"}});
  return Ok();
}

Status Get(Session& s, const Options& options) {
  listener::v1::GetInboxItemRequest request;
  request.set_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.listener(), &Listener::GetInboxItem, request));
  s.Show(response.item());
  return Ok();
}

Status Reply(Session& s, const Options& options) {
  if (options.text.empty() == options.text_file.empty()) return Local("give --text or --text-file");
  listener::v1::ReplyRequest request;
  request.set_text(options.text);
  if (!options.text_file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_text(), ReadText(options.text_file, s.in, kTextBytesMax));
  }
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.listener(), &Listener::Reply, request));
  s.Show(response.item());
  return Ok();
}

Status Act(Session& s, const std::string& id, publisher::v1::ActionKind action) {
  listener::v1::ActOnInboxItemRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(id);
  request.set_action(action);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.listener(), &Listener::ActOnInboxItem, request));
  s.Show(response.item());
  return Ok();
}

void AddActions(CLI::App* noun, const Verbs& verbs) {
  struct Verb {
    const char* name;
    const char* help;
    publisher::v1::ActionKind does, undoes;
  };
  constexpr Verb kVerbs[] = {
      {"like", "Like what somebody wrote, as the account it was meant for",
       publisher::v1::ACTION_KIND_LIKE, publisher::v1::ACTION_KIND_UNLIKE},
      {"repost", "Repost what somebody wrote, as the account it was meant for",
       publisher::v1::ACTION_KIND_REPOST, publisher::v1::ACTION_KIND_UNREPOST},
      {"hide", "Hide a reply below the account's own post",
       publisher::v1::ACTION_KIND_HIDE, publisher::v1::ACTION_KIND_UNHIDE},
  };
  for (const Verb& one : kVerbs) {
    auto id = std::make_shared<std::string>();
    auto undo = std::make_shared<bool>(false);
    CLI::App* verb = verbs.Verb(noun, one.name, one.help, fmt::format("inbox {} item_3fd...", one.name));
    verb->add_option("item", *id, "Its id")->required();
    verb->add_flag("--undo", *undo, "Take it back");
    verbs.Does(verb, [s = &verbs.session, id, undo, one] { return Act(*s, *id, *undo ? one.undoes : one.does); });
  }
}

Status Close(Session& s, const Options& options) {
  listener::v1::CloseInboxItemRequest request;
  request.set_request_id(s.RequestId());
  request.set_id(options.id);
  ASSIGN_OR_RETURN(const auto response, s.Call(s.listener(), &Listener::CloseInboxItem, request));
  s.Show(response.item());
  return Ok();
}

}  // namespace

void AddInbox(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("inbox", "Mentions and replies that may need an answer");
  Session* s = &verbs.session;

  auto list = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "list", "List a brand's inbox, oldest first",
                              "inbox list --brand Trailkin --state open");
  verb->add_option("--brand", list->brand, "Brand, by name or id")->required();
  verb->add_option("--state", list->state, "Only open, replying, answered or closed ones");
  verbs.Does(verb, [s, list] { return List(*s, *list); });

  auto get = std::make_shared<Options>();
  verb = verbs.Verb(noun, "get", "Show an item and its replies", "inbox get item_3fd...");
  verb->add_option("item", get->id, "Its id")->required();
  verbs.Does(verb, [s, get] { return Get(*s, *get); });

  auto reply = std::make_shared<Options>();
  verb = verbs.Verb(noun, "reply", "Answer an item, as the account it was meant for",
                    "inbox reply item_3fd... --text \"Thank you!\"");
  verb->add_option("item", reply->id, "Its id")->required();
  verb->add_option("--text", reply->text, "The answer");
  verb->add_option("--text-file", reply->text_file, "File with the answer, - is standard input");
  verbs.Does(verb, [s, reply] { return Reply(*s, *reply); });

  AddActions(noun, verbs);

  auto close = std::make_shared<Options>();
  verb = verbs.Verb(noun, "close", "Close an item without an answer", "inbox close item_3fd...");
  verb->add_option("item", close->id, "Its id")->required();
  verbs.Does(verb, [s, close] { return Close(*s, *close); });
}

}  // namespace carillon::cli
