namespace LockContext.Analyzers.Model;

/// <summary>
/// The wait classes, ordered by how long something may keep its caller waiting. A mirror of the public enum in the annotations: the analyzer never loads that
/// assembly, it reads numbers from metadata (a test keeps the two equal).
/// </summary>
internal enum WaitClass
{
    None = 0,
    Free = 1,
    Spin = 2,
    Config = 3,
    Sleep = 4,
}
