#include "bundled_bytes.h"

#include <string.h>

// Embedded here rather than as resources, so that the binary runs wherever it is moved.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char graph8_book[] = {
#embed "../../pricing/graph8.yaml"
};
static const unsigned char graph8_cases[] = {
#embed "../../pricing/graph8.cases.yaml"
};
static const unsigned char small_sample[] = {
#embed "../../samples/small.yaml"
};
static const unsigned char medium_sample[] = {
#embed "../../samples/medium.yaml"
};
static const unsigned char large_sample[] = {
#embed "../../samples/large.yaml"
};
static const unsigned char alerts_sample[] = {
#embed "../../samples/alerts.yaml"
};
static const unsigned char history_sample[] = {
#embed "../../samples/history.ndjson.gz"
};
static const unsigned char history_balance_sample[] = {
#embed "../../samples/history-balance.ndjson"
};
static const unsigned char estimate_template[] = {
#embed "../../reports/templates/estimate.mustache"
};
static const unsigned char report_template[] = {
#embed "../../reports/templates/report.mustache"
};
static const unsigned char style_sheet[] = {
#embed "../../reports/templates/style.css"
};
static const unsigned char shell_template[] = {
#embed "../../reports/templates/shell.mustache"
};
static const unsigned char patterns_template[] = {
#embed "../../reports/templates/patterns.mustache"
};
static const unsigned char estimate_body_template[] = {
#embed "../../reports/templates/estimate-body.mustache"
};
static const unsigned char dashboard_template[] = {
#embed "../../reports/templates/dashboard.mustache"
};
static const unsigned char estimate_form_template[] = {
#embed "../../reports/templates/estimate-form.mustache"
};
static const unsigned char prices_template[] = {
#embed "../../reports/templates/prices.mustache"
};
static const unsigned char reports_template[] = {
#embed "../../reports/templates/reports.mustache"
};
static const unsigned char alerts_template[] = {
#embed "../../reports/templates/alerts.mustache"
};
static const unsigned char sign_in_template[] = {
#embed "../../reports/templates/sign-in.mustache"
};
static const unsigned char problem_template[] = {
#embed "../../reports/templates/problem.mustache"
};
static const unsigned char dashboard_style[] = {
#embed "../../reports/templates/dashboard.css"
};
static const unsigned char live_script[] = {
#embed "../../reports/templates/live.js"
};

static const bundled_file files[] = {
    {"pricing/graph8.yaml", graph8_book, sizeof graph8_book},
    {"pricing/graph8.cases.yaml", graph8_cases, sizeof graph8_cases},
    {"samples/small.yaml", small_sample, sizeof small_sample},
    {"samples/medium.yaml", medium_sample, sizeof medium_sample},
    {"samples/large.yaml", large_sample, sizeof large_sample},
    {"samples/alerts.yaml", alerts_sample, sizeof alerts_sample},
    {"samples/history.ndjson.gz", history_sample, sizeof history_sample},
    {"samples/history-balance.ndjson", history_balance_sample, sizeof history_balance_sample},
    {"reports/templates/estimate.mustache", estimate_template, sizeof estimate_template},
    {"reports/templates/report.mustache", report_template, sizeof report_template},
    {"reports/templates/style.css", style_sheet, sizeof style_sheet},
    {"reports/templates/shell.mustache", shell_template, sizeof shell_template},
    {"reports/templates/patterns.mustache", patterns_template, sizeof patterns_template},
    {"reports/templates/estimate-body.mustache", estimate_body_template, sizeof estimate_body_template},
    {"reports/templates/dashboard.mustache", dashboard_template, sizeof dashboard_template},
    {"reports/templates/estimate-form.mustache", estimate_form_template, sizeof estimate_form_template},
    {"reports/templates/prices.mustache", prices_template, sizeof prices_template},
    {"reports/templates/reports.mustache", reports_template, sizeof reports_template},
    {"reports/templates/alerts.mustache", alerts_template, sizeof alerts_template},
    {"reports/templates/sign-in.mustache", sign_in_template, sizeof sign_in_template},
    {"reports/templates/problem.mustache", problem_template, sizeof problem_template},
    {"reports/templates/dashboard.css", dashboard_style, sizeof dashboard_style},
    {"reports/templates/live.js", live_script, sizeof live_script},
};

const bundled_file *bundled_file_at(const char *path) {
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    if (strcmp(files[i].path, path) == 0) return &files[i];
  }
  return NULL;
}
