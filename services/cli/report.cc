#include <CLI/CLI.hpp>

#include "services/cli/app.h"
#include "services/cli/files.h"
#include "services/cli/period.h"

namespace carillon::cli {
namespace {

constexpr double kRenderExtraS = 45;

struct Options {
  std::string brand, out, bucket = "day";
  Period period;
};

// FILE.html -> FILE.csv; the CSV lies beside the page whatever that is called.
std::string CsvBeside(const std::string& html) {
  const std::string stem = html.ends_with(".html") ? html.substr(0, html.size() - 5) : html;
  return stem + ".csv";
}

Status Render(Session& s, const analytics::v1::GetReportRequest& report, const std::string& path) {
  ASSIGN_OR_RETURN(Analytics * stub, s.analytics());
  grpc::ClientContext context;
  RETURN_IF_ERROR(s.Prepare(context, kRenderExtraS));
  analytics::v1::RenderReportRequest request;
  *request.mutable_report() = report;
  const auto reader = stub->RenderReport(&context, request);
  std::string html, csv;
  analytics::v1::RenderReportResponse part;
  while (reader->Read(&part)) {
    html += part.html_chunk();
    csv += part.csv_chunk();
  }
  RETURN_IF_ERROR(FromGrpc(reader->Finish()));
  RETURN_IF_ERROR(WriteAtomically(CsvBeside(path), csv));
  return WriteAtomically(path, html);
}

Status Report(Session& s, const Options& options) {
  if (options.out.empty() && !s.globals.json) return Local("give --out FILE.html, or --json");
  analytics::v1::GetReportRequest request;
  ASSIGN_OR_RETURN(const int bucket,
                   ParseEnum(*analytics::v1::BucketSize_descriptor(), options.bucket));
  request.set_bucket(static_cast<analytics::v1::BucketSize>(bucket));
  RETURN_IF_ERROR(FillPeriod(s, options.brand, options.period, request));
  Json shown = Json::object();
  if (s.globals.json) {
    ASSIGN_OR_RETURN(const auto response, s.Call(s.analytics(), &Analytics::GetReport, request));
    shown = ToJson(response.report());
  }
  if (!options.out.empty()) {
    RETURN_IF_ERROR(Render(s, request, options.out));
    shown["html"] = options.out;
    shown["csv"] = CsvBeside(options.out);
  }
  s.Show(shown);
  return Ok();
}

}  // namespace

void AddReport(const Verbs& verbs) {
  Session* s = &verbs.session;
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      verbs.Verb(&verbs.app, "report", "Write a report as HTML, and as CSV beside it",
                 "report --brand Trailkin --from 2027-03-01 --to 2027-03-08 --out week.html");
  verb->add_option("--brand", options->brand, "Brand, by name or id (default: all)");
  verb->add_option("--from", options->period.from, "RFC 3339, or a day in the brand's zone")
      ->required();
  verb->add_option("--to", options->period.to, "Up to, not including")->required();
  verb->add_option("--out", options->out, "FILE.html; the CSV is FILE.csv");
  verb->add_option("--bucket", options->bucket, "hour or day")->capture_default_str();
  verbs.Does(verb, [s, options] { return Report(*s, *options); });
}

}  // namespace carillon::cli
