import CreditCore
import Mustache
import Rating

extension EstimateReport {
  /// One page with everything in it: no script, nothing loaded from elsewhere.
  func html(_ templates: Templates) throws(EnvironmentFault) -> String {
    let page: MustacheTemplate
    do { page = try MustacheTemplate(string: try templates.text("estimate.mustache")) } catch {
      throw EnvironmentFault("the template estimate.mustache cannot be used: \(error)")
    }
    let style = try templates.text("style.css")
    return page.render(["name": estimate.name, "style": style])
  }
}
