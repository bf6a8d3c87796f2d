/// What a usage error does not say by itself.
enum UsageHint {
  /// How to write a value that begins with a minus sign, when one of `arguments` may be meant as such:
  /// it is a number and stands behind an option's name.
  static func minusSign(among arguments: [String]) -> String? {
    for (name, value) in zip(arguments, arguments.dropFirst())
    where name.hasPrefix("--") && !name.contains("=") && name.count > 2 {
      let rest = value.dropFirst()
      guard value.first == "-", let first = rest.first, first.isNumber || first == "." else {
        continue
      }
      return "hint: a value that begins with a minus sign is written with =: \(name)=\(value)"
    }
    return nil
  }
}
