import Foundation
import ModelRegistry

extension Diagnosis {
  /// The maximum time in seconds that a daemon takes to load a version, with some margin.
  private static let takingUp = 2.5

  /// Checks whether a daemon answers at `address`, HOST:PORT, and serves the version in service in `registry` under
  /// each of its names.
  mutating func checkDaemon(at address: String, serving registry: ModelRegistry) {
    guard let place = SocketProbe.place(address) else {
      note("daemon", .wrong, "\(address) is not an address: give HOST:PORT.")
      return
    }
    var answer = DaemonProbe.ask(place)
    if case .models(let models) = answer,
      models.contains(where: { Self.difference(of: $0, from: registry) != nil })
    {
      // A version that was put in service a moment ago may not be loaded yet.
      Thread.sleep(forTimeInterval: Self.takingUp)
      answer = DaemonProbe.ask(place)
    }
    switch answer {
    case .models(let models):
      for model in models {
        if let difference = Self.difference(of: model, from: registry) {
          note("daemon", .wrong, "answers at \(address), and \(difference)")
        } else {
          note("daemon", .good, "answers at \(address), and \(Self.words(for: model))")
        }
      }
    case .other(let text):
      note(
        "daemon", .wrong,
        "something other than latent listens at \(address): it answers "
          + "\"\(text.shownFromStranger)\". "
          + "Say where the daemon is with --daemon, or have it listen elsewhere.")
    case .guarded:
      note(
        "daemon", .good,
        "answers at \(address), and tells what it serves only to its users.")
    case .silence:
      note(
        "daemon", .wrong,
        "the server at \(address) does not answer within \(SocketProbe.patience) s. See its log.")
    case .nobody(let reason):
      note(
        "daemon", .absent,
        "nothing answers at \(address) (\(reason)). Start one with `latent serve`.")
    }
  }

  private static func words(for model: DaemonProbe.ServedModel) -> String {
    switch (model.name, model.version) {
    case (let name?, let version?): "serves version \(version) of \(name)"
    case (let name?, nil): "waits for a first version of \(name)"
    case (nil, _): "waits for a first model to serve"
    }
  }

  /// Returns how `model`, which a daemon serves, differs from the version in service in `registry`, with the remedy;
  /// nil if they are the same.
  private static func difference(
    of model: DaemonProbe.ServedModel, from registry: ModelRegistry
  ) -> String? {
    let cause = model.lastSwapError.map { " (\($0))" } ?? ""
    let remedy =
      "Name the folder that it serves with --models, or start it with the right "
      + "--models and --name."
    guard let name = model.name, let version = model.version else {
      let named = model.name.flatMap { try? ModelName($0) }
      let names = named.map { [$0] } ?? (try? registry.names()) ?? []
      guard let served = names.first(where: { inService(registry.versions(of: $0)) != nil }) else {
        return nil
      }
      let words =
        named == nil
        ? "serves no model\(cause), while one of \(served)"
        : "serves no version of \(served)\(cause), while one"
      return "\(words) is in service in \(registry.folder). \(remedy)"
    }
    let serves = "serves version \(version) of \(name)"
    guard let known = try? ModelName(name), let current = inService(registry.versions(of: known))
    else {
      return "\(serves), of which \(registry.folder) has none in service\(cause). \(remedy)"
    }
    guard current.version == version else {
      return
        "\(serves), while version \(current.version) is in service in \(registry.folder)\(cause). \(remedy)"
    }
    guard let digest = model.sha256, let own = current.sha256, digest != own else { return nil }
    return
      "\(serves), which is not version \(version) of \(registry.folder): its file has another "
      + "digest\(cause). \(remedy)"
  }

  private static func inService(_ versions: ModelVersions) -> (version: Int, sha256: String?)? {
    guard let version = (try? versions.current()) ?? nil else { return nil }
    return (version, (try? versions.manifest(of: version))?.digest()?.sha256)
  }
}

/// A request to the program that listens at an address.
private enum DaemonProbe {
  enum Answer {
    /// A daemon serves these models.
    case models([ServedModel])
    /// Another program answered.
    case other(String)
    /// A daemon asks for a password.
    case guarded
    case silence
    case nobody(String)
  }

  /// A served model according to INFO; all values are nil if the daemon serves none.
  struct ServedModel: Decodable {
    var name: String?
    var version: Int?
    var sha256: String?
    var lastSwapError: String?

    enum CodingKeys: String, CodingKey {
      case name = "model"
      case version = "model_version"
      case sha256 = "model_sha256"
      case lastSwapError = "last_swap_error"
    }

    init(_ name: String, _ line: String) {
      self.name = name
      // This field is the last one, and may contain commas.
      let parts = line.split(separator: ",last_swap_error=", maxSplits: 1)
      lastSwapError = parts.count > 1 ? String(parts[1]) : nil
      for field in (parts.first ?? "").split(separator: ",") {
        let halves = field.split(separator: "=", maxSplits: 1)
        guard halves.count == 2 else { continue }
        switch halves[0] {
        case "version": version = Int(halves[1])
        case "sha256": sha256 = String(halves[1])
        default: break
        }
      }
    }
  }

  /// The answer to INFO; several models have a line each.
  private struct Information: Decodable {
    let model: ServedModel
    let models: [String: String]?

    var all: [ServedModel] {
      models?.sorted { $0.key < $1.key }.map { ServedModel($0.key, $0.value) } ?? [model]
    }
  }

  static func ask(_ place: (host: String, port: UInt16)) -> Answer {
    let reply = SocketProbe.ask(place, "PING\nINFO model models\nQUIT\n") { answer in
      answer.count { $0 == UInt8(ascii: "\n") } >= 3
    }
    switch reply {
    case .nobody(let reason): return .nobody(reason)
    case .silence: return .silence
    case .text(let text): return answer(text)
    }
  }

  private static func answer(_ text: String) -> Answer {
    let lines = text.split(separator: "\n", maxSplits: 2)
    guard let first = lines.first else { return .silence }
    if first.hasPrefix(#"{"error":{"code":"NOAUTH","#) { return .guarded }
    guard first.hasPrefix("\"PONG\""), lines.count > 1,
      let information = try? JSONDecoder().decode(Information.self, from: Data(lines[1].utf8))
    else { return .other(String(first)) }
    return .models(information.all)
  }
}
