import Foundation
import ModelFiles
import Ratings

/// What there is to say when no version of a model is in service: where was looked, and what is
/// there instead.
struct AbsentModel {
  /// In a sentence without a full stop.
  let problem: String
  let place: String
  let remedy: String

  /// Looks at what `registry` has in place of `name`.
  init(_ name: ModelName, in registry: ModelRegistry) {
    let folder = URL(fileURLWithPath: registry.folder).standardized.path
    place = folder
    let versions = (try? registry.versions(of: name).all()) ?? []
    let names = ((try? registry.names()) ?? []).map(\.text)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
    let found: String
    var advice = ""
    if let newest = versions.last {
      found = "it has \(versions.count) versions, of which none was promoted"
      advice = "Promote one: `latent models promote \(newest) --name \(name)`. "
    } else if !names.isEmpty {
      found = "the folder has \(names.joined(separator: ", "))"
      var nearest = NearestText(to: name.text, count: 1)
      for name in names { nearest.consider(name) }
      if let match = nearest.matches.first { advice = "Did you mean --name \(match)? " }
    } else {
      found = exists ? "the folder has no models" : "there is no such folder"
      advice = "Name another folder with --models or LATENT_MODELS. "
    }
    problem = "no version of \(name) is in service; \(found)"
    remedy =
      advice
      + "Publish one with `latent train --publish`, or start with --wait to serve as soon as "
      + "there is one."
  }
}
