import Errors
import Foundation
import ModelRegistry

/// The explanation if no version of a model is in service: where it was looked for, and what is there instead.
struct AbsentModel {
  /// The problem, in a sentence without a full stop.
  let problem: String
  let place: String
  let remedy: String

  /// Looks at what `registry` has in place of `name`.
  init(_ name: ModelName, in registry: ModelRegistry) {
    let folder = URL(fileURLWithPath: registry.folder).standardized.path
    place = folder
    let versions = registry.versions(of: name)
    let numbers = (try? versions.all()) ?? []
    let names = ((try? registry.names()) ?? []).map(\.text)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
    let found: String
    var advice = ""
    if let newest = numbers.last {
      let count = numbers.count == 1 ? "1 version" : "\(numbers.count) versions"
      found = "it has \(count), and none was promoted"
      advice = versions.wording(of: .promote(newest)) + " "
    } else if !names.isEmpty {
      found = "the folder has \(names.joined(separator: ", "))"
      let nearest = NearestText.nearest(to: name.text, among: names)
      advice = nearest.map { "Did you mean \($0)? " } ?? ""
    } else {
      found = exists ? "the folder has no models" : "there is no such folder"
    }
    problem = "no version of \(name) is in service; \(found)"
    remedy = advice + versions.wording(of: .publish)
  }
}
