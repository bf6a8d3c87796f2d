import ArgumentParser

/// Options of the trained model that override its defaults.
struct ModelSettings: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: ArgumentHelp("Options of the model.", valueName: "name=value"))
  var settings: [String] = []

  /// Returns the options by name.
  func texts() throws -> [String: String] {
    try Dictionary(
      settings.map { setting in
        let parts = setting.split(separator: "=", maxSplits: 1).map { String($0) }
        guard parts.count == 2 else { throw ValidationError("--set takes name=value") }
        return (parts[0], parts[1])
      }, uniquingKeysWith: { $1 })
  }
}
